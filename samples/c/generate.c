/* generate.c - text from an artifact, in C.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: generate MODEL.swg PROMPT [COUNT]
 */
#include "swage/swage.h"
#include "swage/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All that lives while text is made. */
typedef struct {
  swage_device_t *device;
  swage_module_t *module;
  swage_session_t *session;
  swage_tokenizer_t *tokenizer;
  swage_decoder_t *decoder;
  swage_sampler_t *sampler;
} generator_t;

/* Every call after a failed one is skipped; `status` keeps the first reason. */
static int open_generator(generator_t *g, const char *path,
                          swage_status_t *status) {
  const void *section;
  size_t section_size;
  swage_sampler_options_t sampling = SWAGE_ZERO;
  sampling.size = sizeof(sampling);
  sampling.temperature = 0; /* the likeliest token */
  return swage_device_create(NULL, &g->device, status) ||
         swage_module_load_file(g->device, path, &g->module, status) ||
         swage_session_create(g->module, NULL, &g->session, status) ||
         swage_module_section(g->module, "tokenizer", &section, &section_size,
                              status) ||
         swage_tokenizer_create(section, section_size, NULL, &g->tokenizer,
                                status) ||
         swage_decoder_create(g->tokenizer, SWAGE_DECODE_SKIP_SPECIAL,
                              &g->decoder, status) ||
         swage_sampler_create(&sampling, NULL, &g->sampler, status);
}

static void close_generator(generator_t *g) {
  swage_sampler_destroy(g->sampler);
  swage_decoder_destroy(g->decoder);
  swage_tokenizer_destroy(g->tokenizer);
  swage_session_destroy(g->session);
  swage_module_destroy(g->module);
  swage_device_destroy(g->device);
}

/* Appends tokens to the sequence and chooses the next one. */
static int step(generator_t *g, swage_sequence_t sequence,
                const int32_t *tokens, size_t count, int32_t *out_next,
                swage_status_t *status) {
  swage_matrix_t logits;
  return swage_session_append(g->session, sequence, tokens, count, &logits,
                              status) ||
         swage_sampler_sample(g->sampler, logits.data, logits.columns, tokens,
                              count, out_next, status);
}

static int generate(generator_t *g, const char *prompt, int count,
                    swage_status_t *status) {
  int32_t tokens[1024], next;
  size_t length, text_length;
  const char *text;
  swage_sequence_t sequence;
  if (swage_tokenizer_encode(g->tokenizer, prompt, strlen(prompt),
                             SWAGE_ENCODE_ADD_SPECIAL, tokens, 1024, &length,
                             status) ||
      swage_sequence_create(g->session, &sequence, status))
    return 1;
  if (length > 1024) {
    fprintf(stderr, "the prompt has %zu tokens, this sample takes 1024\n",
            length);
    return 1;
  }
  if (step(g, sequence, tokens, length, &next, status))
    return 1;
  for (int i = 0; i < count && !swage_tokenizer_is_eos(g->tokenizer, next);
       ++i) {
    if (swage_decoder_push(g->decoder, next, &text, &text_length, status))
      return 1;
    fwrite(text, 1, text_length, stdout);
    fflush(stdout);
    if (i + 1 < count && step(g, sequence, &next, 1, &next, status))
      return 1;
  }
  putchar('\n');
  return 0;
}

int main(int argc, char **argv) {
  generator_t g;
  swage_status_t status;
  int failed;
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL.swg PROMPT [COUNT]\n", argv[0]);
    return 2;
  }
  memset(&g, 0, sizeof(g));
  memset(&status, 0, sizeof(status));
  failed = open_generator(&g, argv[1], &status) ||
           generate(&g, argv[2], argc > 3 ? atoi(argv[3]) : 64, &status);
  if (failed && status.code)
    fprintf(stderr, "%s: %s\n", argv[1], status.message);
  close_generator(&g);
  return failed;
}
