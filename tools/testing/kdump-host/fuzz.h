/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets share: a check that cannot be compiled away. */
#ifndef KDUMP_HOST_FUZZ_H
#define KDUMP_HOST_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define REQUIRE(cond)							\
	do {								\
		if (!(cond)) {						\
			fprintf(stderr, "%s:%d: does not hold: %s\n",	\
				__FILE__, __LINE__, #cond);		\
			abort();					\
		}							\
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* KDUMP_HOST_FUZZ_H */
