/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_FUZZ_FUZZ_H
#define SIPLAUNCH_TESTS_FUZZ_FUZZ_H
/* What libFuzzer calls, and what it offers (llvm.org/docs/LibFuzzer.html). One file of this folder is one
 * program; what several share is in virtual.h and mutate.h. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

#endif
