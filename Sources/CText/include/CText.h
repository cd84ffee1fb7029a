#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Bytes of a text as bits: what the processor's vectors can do and Swift's do not say.

/// Writes a bit for each byte of blocks of 64 bytes, the first lowest: set where the byte ends a text of JSON or needs a
/// look: `"`, `\`, controls and those beyond ASCII.
void text_marks(const uint8_t *_Nonnull bytes, size_t blocks, uint64_t *_Nonnull marks);

/// The same by vectors of so many bytes, 1 for none of them; false: this processor has no such vectors.
bool text_marks_by(size_t width, const uint8_t *_Nonnull bytes, size_t blocks, uint64_t *_Nonnull marks);

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// True when sixteen bytes, of those bits that the mask has, are the ones that are asked for. The latter two lie at
/// multiples of sixteen.
static inline __attribute__((always_inline)) bool text_begins(
    const void *_Nonnull bytes, const void *_Nonnull asked, const void *_Nonnull mask) {
#if defined(__SSE2__)
    __m128i kept = _mm_and_si128(_mm_loadu_si128((const __m128i *)bytes), _mm_load_si128((const __m128i *)mask));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(kept, _mm_load_si128((const __m128i *)asked))) == 0xffff;
#else
    uint64_t here[2], wanted[2], kept[2];
    __builtin_memcpy(here, bytes, 16);
    __builtin_memcpy(wanted, asked, 16);
    __builtin_memcpy(kept, mask, 16);
    return (((here[0] & kept[0]) ^ wanted[0]) | ((here[1] & kept[1]) ^ wanted[1])) == 0;
#endif
}

/// True when blocks of 64 bytes are the same. The second lie at multiples of sixteen.
static inline __attribute__((always_inline)) bool text_equal(
    const void *_Nonnull one, const void *_Nonnull other, size_t blocks) {
#if defined(__SSE2__)
    const __m128i *a = (const __m128i *)one, *b = (const __m128i *)other;
    __m128i same = _mm_set1_epi8(-1);
    for (size_t block = 0; block < blocks; block++, a += 4, b += 4) {
        __m128i first = _mm_cmpeq_epi8(_mm_loadu_si128(a), _mm_load_si128(b));
        __m128i second = _mm_cmpeq_epi8(_mm_loadu_si128(a + 1), _mm_load_si128(b + 1));
        __m128i third = _mm_cmpeq_epi8(_mm_loadu_si128(a + 2), _mm_load_si128(b + 2));
        __m128i fourth = _mm_cmpeq_epi8(_mm_loadu_si128(a + 3), _mm_load_si128(b + 3));
        same = _mm_and_si128(same, _mm_and_si128(_mm_and_si128(first, second), _mm_and_si128(third, fourth)));
    }
    return _mm_movemask_epi8(same) == 0xffff;
#else
    return __builtin_memcmp(one, other, blocks * 64) == 0;
#endif
}
