#pragma once

#include <stddef.h>

/// The manifests of an installation, `install/manifests/sallyport.yaml`.
const unsigned char *_Nonnull installation_manifests(void);

/// How many bytes they have.
size_t installation_manifests_count(void);
