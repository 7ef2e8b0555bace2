/* generate.h - text from a prompt, a token at a time.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What most programs write over swage.h and text.h, written once: one session
 * with one sequence, tokenizer, decoder and sampler. Header only; a program
 * that uses it links both libraries, and can go on from here with their
 * functions, as every part is in plain sight.
 *
 *   if (!swage_generator_open(&generator, module, NULL, &status) &&
 *       !swage_generator_start(&generator, "Once", &status))
 *     while ((text = swage_generator_next(&generator, &status)))
 *       fputs(text, stdout);
 *   swage_generator_close(&generator);
 *
 * A generator lies in the caller's memory, so it is never NULL.
 * Threads: a generator is used by one thread at a time; swage_session_cancel of
 * its session may be called beside.
 */
#ifndef SWAGE_GENERATE_H
#define SWAGE_GENERATE_H

#include "swage/swage.h"
#include "swage/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swage_generator_options_t {
  size_t size;
  const swage_session_options_t *session; /* NULL: the defaults */
  swage_sampler_options_t sampling;       /* zero: always the likeliest token */
  uint32_t max_tokens; /* of one answer; 0: until the text or context ends */
  swage_allocator_t allocator; /* of text and tokens; zero: the C library's */
} swage_generator_options_t;

/* Zero before it is opened and after it is closed. */
typedef struct swage_generator_t {
  swage_generator_options_t options;
  swage_session_t *session;
  swage_tokenizer_t *tokenizer;
  swage_decoder_t *decoder;
  swage_sampler_t *sampler;
  swage_sequence_t sequence;
  int32_t *tokens; /* prompt and answer, with room for the context */
  size_t capacity; /* the context */
  size_t prompt;   /* tokens of it */
  size_t count;    /* of all tokens */
  size_t done;     /* tokens that are in the sequence */
  size_t shown;    /* tokens that the prompt has or whose text was given */
  int ended;       /* 1: no token follows; 2: no text either */
} swage_generator_t;

/* Ends a generator; one that was not opened, or whose opening failed, too. */
static inline void swage_generator_close(swage_generator_t *generator) {
  const swage_allocator_t *allocator = &generator->options.allocator;
  swage_sampler_destroy(generator->sampler);
  swage_decoder_destroy(generator->decoder);
  swage_tokenizer_destroy(generator->tokenizer);
  swage_session_destroy(generator->session);
  if (generator->tokens && allocator->allocate)
    allocator->free(allocator->self, generator->tokens,
                    generator->capacity * sizeof(int32_t));
  else
    free(generator->tokens);
  memset(generator, 0, sizeof(*generator));
}

/* The rest of opening, once the options are known. */
static inline swage_status_code_t
swage_generator_prepare(swage_generator_t *generator, swage_module_t *module,
                        swage_status_t *status) {
  const swage_allocator_t *allocator = &generator->options.allocator;
  const swage_allocator_t *given = allocator->allocate ? allocator : NULL;
  const void *table;
  size_t size, bytes;
  swage_status_code_t code;
  generator->options.sampling.size = sizeof(generator->options.sampling);
  if ((code = swage_session_create(module, generator->options.session,
                                   &generator->session, status)) ||
      (code =
           swage_module_section(module, "tokenizer", &table, &size, status)) ||
      (code = swage_tokenizer_create(table, size, given, &generator->tokenizer,
                                     status)) ||
      (code =
           swage_decoder_create(generator->tokenizer, SWAGE_DECODE_SKIP_SPECIAL,
                                &generator->decoder, status)) ||
      (code = swage_sampler_create(&generator->options.sampling, given,
                                   &generator->sampler, status)))
    return code;
  generator->capacity = swage_session_info(generator->session)->context;
  bytes = generator->capacity * sizeof(int32_t);
  generator->tokens = (int32_t *)(given ? given->allocate(given->self, bytes, 4)
                                        : malloc(bytes));
  if (generator->tokens)
    return SWAGE_OK;
  if (status) {
    status->code = SWAGE_OUT_OF_MEMORY;
    snprintf(status->message, sizeof(status->message),
             "cannot allocate %lu bytes for tokens", (unsigned long)bytes);
  }
  return SWAGE_OUT_OF_MEMORY;
}

/* Copies options of this version of the header or an older one, and of a newer
 * one if they ask for nothing that only that one knows. */
static inline swage_status_code_t
swage_generator_copy_options(swage_generator_t *generator,
                             const swage_generator_options_t *options,
                             swage_status_t *status) {
  const char *bytes = (const char *)options;
  size_t known = sizeof(*options), i = known;
  while (options->size <= 4096 && i < options->size && !bytes[i])
    ++i;
  if (options->size >= sizeof(size_t) && i >= options->size) {
    memcpy(&generator->options, options,
           options->size < known ? options->size : known);
    return SWAGE_OK;
  }
  if (status) {
    status->code = SWAGE_INVALID_ARGUMENT;
    snprintf(status->message, sizeof(status->message),
             "have generator options of size %lu, require the structure's, %lu",
             (unsigned long)options->size, (unsigned long)known);
  }
  return SWAGE_INVALID_ARGUMENT;
}

/* Makes a session of the module and reads its tokenizer; the generator keeps
 * the module alive. `options` may be NULL. A generator that cannot be opened is
 * zero again. */
static inline swage_status_code_t
swage_generator_open(swage_generator_t *generator, swage_module_t *module,
                     const swage_generator_options_t *options,
                     swage_status_t *status) {
  swage_status_code_t code = SWAGE_OK;
  memset(generator, 0, sizeof(*generator));
  if (options)
    code = swage_generator_copy_options(generator, options, status);
  if (code || (code = swage_generator_prepare(generator, module, status)))
    swage_generator_close(generator);
  return code;
}

/* Begins a new text with a prompt; what was before is forgotten. */
static inline swage_status_code_t
swage_generator_start(swage_generator_t *generator, const char *prompt,
                      swage_status_t *status) {
  const char *text;
  size_t length, count;
  swage_status_code_t code;
  swage_session_reset(generator->session);
  generator->count = generator->done = generator->shown = 0;
  generator->ended = 2;
  if ((code =
           swage_decoder_flush(generator->decoder, &text, &length, status)) ||
      (code = swage_sequence_create(generator->session, &generator->sequence,
                                    status)) ||
      (code = swage_tokenizer_encode(
           generator->tokenizer, prompt, prompt ? strlen(prompt) : 1,
           SWAGE_ENCODE_ADD_SPECIAL, generator->tokens, generator->capacity,
           &count, status)))
    return code;
  if (count > 0 && count <= generator->capacity) {
    generator->prompt = generator->count = generator->shown = count;
    generator->ended = 0;
    return SWAGE_OK;
  }
  if (status) {
    status->code = SWAGE_INVALID_ARGUMENT;
    snprintf(status->message, sizeof(status->message),
             "have a prompt of %lu tokens, require 1 to %lu, the session's "
             "context",
             (unsigned long)count, (unsigned long)generator->capacity);
  }
  return SWAGE_INVALID_ARGUMENT;
}

/* Chooses the next token, or finds that there is none. */
static inline swage_status_code_t
swage_generator_choose(swage_generator_t *generator, swage_status_t *status) {
  swage_generator_t *g = generator;
  swage_matrix_t logits;
  swage_status_code_t code;
  int32_t token;
  if (g->count == g->capacity ||
      (g->options.max_tokens &&
       g->count - g->prompt >= g->options.max_tokens)) {
    g->ended = 1;
    return SWAGE_OK;
  }
  if ((code = swage_session_append(g->session, g->sequence, g->tokens + g->done,
                                   g->count - g->done, &logits, status)))
    return code;
  g->done = g->count;
  if ((code = swage_sampler_sample(g->sampler, logits.data, logits.columns,
                                   g->tokens, g->count, &token, status))) {
    /* The next call computes the last token's logits once more. */
    --g->done;
    swage_sequence_truncate(g->session, g->sequence, (uint32_t)g->done, NULL);
    return code;
  }
  if (swage_tokenizer_is_eos(g->tokenizer, token))
    g->ended = 1;
  else
    g->tokens[g->count++] = token;
  return SWAGE_OK;
}

/* The text of the next token, zero-terminated and valid until the next call;
 * "" while a character is not complete. NULL at the end of the text and on
 * failure, which `status` tells apart. After a failure, also of a call that was
 * cancelled or exceeded its deadline, the next one goes on where it stopped. */
static inline const char *swage_generator_next(swage_generator_t *generator,
                                               swage_status_t *status) {
  swage_generator_t *g = generator;
  const char *text = NULL;
  size_t length;
  if (g->ended == 2) {
    if (status)
      memset(status, 0, sizeof(*status));
    return NULL;
  }
  if (!g->ended && g->shown == g->count && swage_generator_choose(g, status))
    return NULL;
  if (g->shown < g->count) {
    if (swage_decoder_push(g->decoder, g->tokens[g->shown], &text, &length,
                           status))
      return NULL;
    ++g->shown;
    return text;
  }
  if (swage_decoder_flush(g->decoder, &text, &length, status))
    return NULL;
  g->ended = 2;
  return length ? text : NULL;
}

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_GENERATE_H */
