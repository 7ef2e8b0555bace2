/* text.h - tokenizer, streaming decoder and sampler.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A library of its own (swage_text), so that an encoder model does not carry
 * it. The law of base.h holds. A tokenizer never changes once created: any
 * number of threads may use it at the same time. Decoders and samplers are used
 * by one thread at a time.
 *
 * Ids are int32_t, as in session.h.
 */
#ifndef SWAGE_TEXT_H
#define SWAGE_TEXT_H

#include "swage/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swage_tokenizer_t swage_tokenizer_t;
typedef struct swage_decoder_t swage_decoder_t;
typedef struct swage_sampler_t swage_sampler_t;

/* ---- Tokenizer ----------------------------------------------------------- */

/* Reads a table of runtime/schema/tokenizer.fbs, which an artifact carries as
 * its section "tokenizer". Every offset and id in it is checked. `bytes` is not
 * copied: it is 8-byte aligned and outlives the tokenizer. `allocator` is
 * copied; NULL means the C library's. */
SWAGE_API swage_status_code_t swage_tokenizer_create(
    const void *bytes, size_t size, const swage_allocator_t *allocator,
    swage_tokenizer_t **out_tokenizer, swage_status_t *status);
SWAGE_API void swage_tokenizer_destroy(swage_tokenizer_t *tokenizer);

enum {
  /* Put the model's prefix and suffix tokens (often only the bos token) around
   * the text's. */
  SWAGE_ENCODE_ADD_SPECIAL = 1,
  /* Read special tokens such as "</s>" that the text spells out as these
   * tokens, as Hugging Face does by default. Without it they are text like any
   * other; use that for what a user typed. Added tokens that are not special
   * are read either way. */
  SWAGE_ENCODE_PARSE_SPECIAL = 2
};

/* Encodes `length` bytes of UTF-8, below 2^30. Each maximal part of a malformed
 * sequence counts as one U+FFFD, so the ids are those of Hugging Face
 * tokenizers for the text that Python's bytes.decode(errors="replace") gives.
 *
 * Writes the first `capacity` ids to `out_ids`, and how many there are to
 * `out_count`: if that is more than `capacity`, ask again with room for them.
 */
SWAGE_API swage_status_code_t swage_tokenizer_encode(
    const swage_tokenizer_t *tokenizer, const char *text, size_t length,
    uint32_t flags, int32_t *out_ids, size_t capacity, size_t *out_count,
    swage_status_t *status);

/* Ids are 0 to this minus 1. A model's logits may be padded to more. */
SWAGE_API size_t
swage_tokenizer_vocabulary_size(const swage_tokenizer_t *tokenizer);

/* The bytes that `id` stands for, not zero-terminated and not always whole
 * characters; they belong to the tokenizer. SWAGE_NOT_FOUND outside the
 * vocabulary. */
SWAGE_API swage_status_code_t swage_tokenizer_token(
    const swage_tokenizer_t *tokenizer, int32_t id, const char **out_bytes,
    size_t *out_length, swage_status_t *status);

/* 1 if `id` is a special added token such as "</s>", else 0. */
SWAGE_API int swage_tokenizer_is_special(const swage_tokenizer_t *tokenizer,
                                         int32_t id);

/* The token that begins a text, or -1 if the model has none. */
SWAGE_API int32_t swage_tokenizer_bos(const swage_tokenizer_t *tokenizer);

/* 1 if `id` ends generation, else 0. */
SWAGE_API int swage_tokenizer_is_eos(const swage_tokenizer_t *tokenizer,
                                     int32_t id);

/* The number of tokens that end generation, and each of them (-1 beyond). */
SWAGE_API size_t swage_tokenizer_eos_count(const swage_tokenizer_t *tokenizer);
SWAGE_API int32_t swage_tokenizer_eos(const swage_tokenizer_t *tokenizer,
                                      size_t index);

/* The model's chat template in Jinja, or NULL if it came without one. */
SWAGE_API const char *
swage_tokenizer_chat_template(const swage_tokenizer_t *tokenizer);

/* ---- Chat ---------------------------------------------------------------- */

/* Both are zero-terminated UTF-8; roles are what the template knows, mostly
 * "system", "user" and "assistant". */
typedef struct swage_chat_message_t {
  const char *role;
  const char *content;
} swage_chat_message_t;

enum {
  /* End with what starts the model's answer. */
  SWAGE_CHAT_ADD_GENERATION_PROMPT = 1
};

/* Makes one text of a conversation with the model's chat template, as Hugging
 * Face's apply_chat_template does. Encode it with SWAGE_ENCODE_PARSE_SPECIAL
 * and without SWAGE_ENCODE_ADD_SPECIAL: the template writes the special tokens
 * itself. So would a message that spells them; the caller knows whom to trust.
 *
 * Writes the first `capacity` bytes to `out_text`, not zero-terminated, and how
 * many there are to `out_length`: if that is more than `capacity`, ask again
 * with room for them. SWAGE_NOT_FOUND if the model has no template; what the
 * template refuses or does wrong is SWAGE_INVALID_ARGUMENT with its line. A
 * template's work, memory and text are bounded. */
SWAGE_API swage_status_code_t swage_chat_apply(
    const swage_tokenizer_t *tokenizer, const swage_chat_message_t *messages,
    size_t count, uint32_t flags, char *out_text, size_t capacity,
    size_t *out_length, swage_status_t *status);

/* ---- Decoder ------------------------------------------------------------- */

enum {
  /* Special tokens give no text. */
  SWAGE_DECODE_SKIP_SPECIAL = 1
};

/* Turns ids into text as they come. The tokenizer outlives the decoder, whose
 * memory comes from the tokenizer's allocator. */
SWAGE_API swage_status_code_t
swage_decoder_create(const swage_tokenizer_t *tokenizer, uint32_t flags,
                     swage_decoder_t **out_decoder, swage_status_t *status);
SWAGE_API void swage_decoder_destroy(swage_decoder_t *decoder);

/* Takes one id and gives the text that is complete by now: always well-formed
 * UTF-8, often empty while a character's bytes come in several tokens. Bytes
 * that cannot become a character give U+FFFD. An id outside the vocabulary
 * gives nothing, as in Hugging Face. The text is zero-terminated and valid
 * until the decoder's next call. */
SWAGE_API swage_status_code_t swage_decoder_push(swage_decoder_t *decoder,
                                                 int32_t id,
                                                 const char **out_text,
                                                 size_t *out_length,
                                                 swage_status_t *status);

/* Ends the text: gives U+FFFD if a character is left unfinished, else nothing.
 * The decoder is then as new. All that was given since it was new, one after
 * the other, is what Hugging Face decodes from the same ids. */
SWAGE_API swage_status_code_t swage_decoder_flush(swage_decoder_t *decoder,
                                                  const char **out_text,
                                                  size_t *out_length,
                                                  swage_status_t *status);

/* ---- Sampler ------------------------------------------------------------- */

/* How the next token is chosen. The steps, in this order, are those of Hugging
 * Face:
 *   1. repetition penalty: of each token that occurs in the window, a logit
 *      above 0 is divided by the penalty, one below is multiplied with it
 *   2. temperature 0 takes the largest logit, the lowest id among equals, and
 *      ends here; else logits are divided by the temperature
 *   3. top-k: tokens with a logit below the k-th largest go
 *   4. top-p: with the rest's probabilities in falling order, tokens go once
 *      the sum of those before them reaches p; the first always stays
 *   5. min-p: tokens with less than min_p times the largest probability go
 *   6. one of the rest is drawn with their probabilities
 * Zero in a field is its default. */
typedef struct swage_sampler_options_t {
  size_t size;
  float temperature;          /* 0: greedy */
  uint32_t top_k;             /* 0: off */
  float top_p;                /* in (0, 1]; 0: off */
  float min_p;                /* in [0, 1]; 0: off */
  float repetition_penalty;   /* above 0; 0 and 1: off */
  uint32_t repetition_window; /* last tokens that count; 0: all */
  uint64_t seed;
} swage_sampler_options_t;

/* Random numbers come from xoshiro256**, its state filled from `seed` by
 * splitmix64, one number for each token that is not chosen greedily: the same
 * seed, options and logits give the same tokens. */
SWAGE_API swage_status_code_t swage_sampler_create(
    const swage_sampler_options_t *options, const swage_allocator_t *allocator,
    swage_sampler_t **out_sampler, swage_status_t *status);
SWAGE_API void swage_sampler_destroy(swage_sampler_t *sampler);

/* Chooses one of `count` ids from its logits. `history` holds the ids so far,
 * prompt included; only the repetition penalty reads it. A logit may be minus
 * infinity, which is never chosen; if one is NaN or plus infinity, or all are
 * minus infinity, that is SWAGE_INVALID_ARGUMENT. */
SWAGE_API swage_status_code_t
swage_sampler_sample(swage_sampler_t *sampler, const float *logits,
                     size_t count, const int32_t *history, size_t history_count,
                     int32_t *out_id, swage_status_t *status);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_TEXT_H */
