// Lines of records are kept packed: they say the same words again and again.
#include <zstd.h>
