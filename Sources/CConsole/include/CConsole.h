#pragma once

#include <stddef.h>

/// A file of the console, as it is in `assets`.
struct console_asset {
    /// Its name, such as `console.css`.
    const char *_Nonnull name;
    /// What is in it.
    const unsigned char *_Nonnull bytes;
    /// How many bytes that are.
    size_t count;
};

/// How many files there are.
size_t console_asset_count(void);

/// One of them; `index` is below the count.
const struct console_asset *_Nonnull console_asset_at(size_t index);
