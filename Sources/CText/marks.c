#include "CText.h"

// Everywhere: `"` changes places with the space, next to the controls. With signs, bytes beyond ASCII are less than all
// others.

typedef void (*marker)(const uint8_t *bytes, size_t blocks, uint64_t *marks);

static void marks_plain(const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    for (size_t block = 0; block < blocks; block++) {
        uint64_t found = 0;
        for (size_t place = 0; place < 64; place++) {
            uint8_t byte = bytes[block * 64 + place];
            found |= (uint64_t)(byte == '\\' || (int8_t)(byte ^ 0x02) < 0x21) << place;
        }
        marks[block] = found;
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

/// What every one of them has.
static void marks_16(const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    const __m128i slash = _mm_set1_epi8('\\'), swap = _mm_set1_epi8(0x02), least = _mm_set1_epi8(0x21);
    for (size_t block = 0; block < blocks; block++) {
        uint64_t found = 0;
        for (int part = 3; part >= 0; part--) {
            __m128i all = _mm_loadu_si128((const __m128i *)(bytes + block * 64 + part * 16));
            __m128i mark = _mm_or_si128(_mm_cmpeq_epi8(all, slash), _mm_cmpgt_epi8(least, _mm_xor_si128(all, swap)));
            found = found << 16 | (uint32_t)_mm_movemask_epi8(mark);
        }
        marks[block] = found;
    }
}

__attribute__((target("avx2"))) static void marks_32(const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    const __m256i slash = _mm256_set1_epi8('\\'), swap = _mm256_set1_epi8(0x02), least = _mm256_set1_epi8(0x21);
    for (size_t block = 0; block < blocks; block++) {
        uint64_t found = 0;
        for (int part = 1; part >= 0; part--) {
            __m256i all = _mm256_loadu_si256((const __m256i *)(bytes + block * 64 + part * 32));
            __m256i mark =
                _mm256_or_si256(_mm256_cmpeq_epi8(all, slash), _mm256_cmpgt_epi8(least, _mm256_xor_si256(all, swap)));
            found = found << 32 | (uint32_t)_mm256_movemask_epi8(mark);
        }
        marks[block] = found;
    }
}

__attribute__((target("avx512bw,avx512f"))) static void marks_64(
    const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    const __m512i slash = _mm512_set1_epi8('\\'), swap = _mm512_set1_epi8(0x02), least = _mm512_set1_epi8(0x21);
    for (size_t block = 0; block < blocks; block++) {
        __m512i all = _mm512_loadu_si512(bytes + block * 64);
        marks[block] =
            _mm512_cmpeq_epi8_mask(all, slash) | _mm512_cmplt_epi8_mask(_mm512_xor_si512(all, swap), least);
    }
}

void text_marks(const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    if (__builtin_cpu_supports("avx512bw")) {
        marks_64(bytes, blocks, marks);
    } else if (__builtin_cpu_supports("avx2")) {
        marks_32(bytes, blocks, marks);
    } else {
        marks_16(bytes, blocks, marks);
    }
}

static marker vectors_of(size_t width) {
    if (width == 64 && __builtin_cpu_supports("avx512bw")) { return marks_64; }
    if (width == 32 && __builtin_cpu_supports("avx2")) { return marks_32; }
    return width == 16 ? marks_16 : NULL;
}

#elif defined(__aarch64__)
#include <arm_neon.h>

static void marks_16(const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    static const uint8_t places[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t place = vld1q_u8(places);
    for (size_t block = 0; block < blocks; block++) {
        uint8x16_t bits[4];
        for (int part = 0; part < 4; part++) {
            uint8x16_t all = vld1q_u8(bytes + block * 64 + part * 16);
            uint8x16_t less =
                vcltq_s8(vreinterpretq_s8_u8(veorq_u8(all, vdupq_n_u8(0x02))), vdupq_n_s8(0x21));
            bits[part] = vandq_u8(vorrq_u8(vceqq_u8(all, vdupq_n_u8('\\')), less), place);
        }
        // Eight bytes become one when neighbours are added three times.
        uint8x16_t sum = vpaddq_u8(vpaddq_u8(bits[0], bits[1]), vpaddq_u8(bits[2], bits[3]));
        marks[block] = vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
    }
}

void text_marks(const uint8_t *bytes, size_t blocks, uint64_t *marks) { marks_16(bytes, blocks, marks); }

static marker vectors_of(size_t width) { return width == 16 ? marks_16 : NULL; }

#else

void text_marks(const uint8_t *bytes, size_t blocks, uint64_t *marks) { marks_plain(bytes, blocks, marks); }

static marker vectors_of(size_t width) { return NULL; }

#endif

bool text_marks_by(size_t width, const uint8_t *bytes, size_t blocks, uint64_t *marks) {
    marker by = width == 1 ? marks_plain : vectors_of(width);
    if (by == NULL) { return false; }
    by(bytes, blocks, marks);
    return true;
}
