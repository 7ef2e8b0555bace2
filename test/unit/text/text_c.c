/* text_c.c - text.h is C11 and usable from it.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 */
#include "swage/text.h"

int32_t greedy_from_c(const float *logits, size_t count);

/* The id of the largest logit, or -1. */
int32_t greedy_from_c(const float *logits, size_t count) {
  swage_sampler_options_t options = {.size = sizeof(options)};
  swage_sampler_t *sampler = NULL;
  swage_status_t status;
  int32_t id = -1;
  if (swage_sampler_create(&options, NULL, &sampler, &status) == SWAGE_OK)
    (void)swage_sampler_sample(sampler, logits, count, NULL, 0, &id, &status);
  swage_sampler_destroy(sampler);
  swage_decoder_destroy(NULL);
  swage_tokenizer_destroy(NULL);
  return id;
}
