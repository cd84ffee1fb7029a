// The manifests, as the compiler reads them: when they change, this is compiled again.
#include "CInstallation.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char manifests[] = {
#embed "../../install/manifests/sallyport.yaml"
};

const unsigned char *installation_manifests(void) { return manifests; }

size_t installation_manifests_count(void) { return sizeof manifests; }
