/* session.h - sequences of tokens, their cache, and the call that extends them.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Ownership: a session keeps its module alive and owns its sequences.
 * Threads: a session is used by one thread at a time; only
 * swage_session_cancel may be called beside a call. Several sessions of one
 * module may be used by as many threads; their calls of `forward` take turns on
 * the device, in no particular order. No function but `create` allocates.
 * Results: the logits of a row do not depend on what else is in the batch, on
 * how a text is cut into calls, nor on the number of threads.
 */
#ifndef SWAGE_SESSION_H
#define SWAGE_SESSION_H

#include "swage/module.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct swage_session_t swage_session_t;

/* Names a sequence of one session; ids of destroyed sequences are reused. */
typedef int32_t swage_sequence_t;

/* ---- Session ------------------------------------------------------------- */

typedef struct swage_session_options_t {
  size_t size;
  const char *entry_point; /* NULL: "forward", or the only one */
  const char *kv_cache;    /* "f16", ...; NULL: the artifact's default */
  uint32_t context;        /* positions of each sequence;
                              0: max_positions, at most 4096 */
  uint32_t max_sequences;  /* 0: 1 */
  uint32_t max_rows;       /* computed at once; larger batches are cut.
                              0: 512, or context if texts are encoded and it
                              is more */
  uint32_t max_logit_rows; /* of one call; 0: max_sequences. max_rows where
                              texts are encoded */
  uint64_t memory_limit;   /* bytes of all that the session takes;
                              0: the device's limit alone */
} swage_session_options_t;

static inline swage_session_options_t swage_session_options_default(void) {
  swage_session_options_t options = SWAGE_ZERO;
  options.size = sizeof(options);
  return options;
}

/* Reserves the memory that the options ask for; the system commits pages of it
 * when they are first used. `options` may be NULL. If a memory limit is too
 * small, that is SWAGE_OUT_OF_MEMORY before cache, arena, arguments and results
 * are reserved, and the message says how much would be needed in all. It cannot
 * say so if not even the plan of what to run fits, some kilobytes. */
SWAGE_API swage_status_code_t swage_session_create(
    swage_module_t *module, const swage_session_options_t *options,
    swage_session_t **out_session, swage_status_t *status);

SWAGE_API void swage_session_destroy(swage_session_t *session);

typedef struct swage_session_info_t {
  const char *entry_point;
  const char *kv_cache; /* NULL without a cache */
  uint32_t context, max_sequences, max_rows, max_logit_rows;
  uint32_t columns;         /* of each logit row */
  uint64_t state_bytes;     /* cache pages */
  uint64_t arena_bytes;     /* transient memory, arguments and results */
  uint32_t whole_sequences; /* 1: encode; 0: forward */
  uint32_t result_count;
} swage_session_info_t;

/* NULL without a session. */
SWAGE_API const swage_session_info_t *
swage_session_info(const swage_session_t *session);

/* ---- Sequences ----------------------------------------------------------- */

/* A new sequence of length 0; fails when max_sequences exist. */
SWAGE_API swage_status_code_t swage_sequence_create(swage_session_t *session,
                                                    swage_sequence_t *out_id,
                                                    swage_status_t *status);

/* Promises that the sequence, which must be empty, will hold at most `length`
 * tokens; more are an error then. Without it that is the session's context.
 * Models whose rotary embedding depends on the length of a text (rope types
 * dynamic and longrope) rotate all its tokens by this number, from the first
 * one on, so that it does not show in which calls they come. */
SWAGE_API swage_status_code_t swage_sequence_declare(swage_session_t *session,
                                                     swage_sequence_t id,
                                                     uint32_t length,
                                                     swage_status_t *status);

SWAGE_API swage_status_code_t swage_sequence_destroy(swage_session_t *session,
                                                     swage_sequence_t id,
                                                     swage_status_t *status);

/* A new sequence with the same past. Pages are shared; the first of the two to
 * extend a page that is not full copies it. */
SWAGE_API swage_status_code_t swage_sequence_fork(swage_session_t *session,
                                                  swage_sequence_t id,
                                                  swage_sequence_t *out_id,
                                                  swage_status_t *status);

/* Forgets everything from position `length` on. */
SWAGE_API swage_status_code_t swage_sequence_truncate(swage_session_t *session,
                                                      swage_sequence_t id,
                                                      uint32_t length,
                                                      swage_status_t *status);

/* Tokens that the sequence holds. */
SWAGE_API swage_status_code_t
swage_sequence_length(const swage_session_t *session, swage_sequence_t id,
                      uint32_t *out_length, swage_status_t *status);

/* Destroys all sequences. */
SWAGE_API void swage_session_reset(swage_session_t *session);

/* ---- Forward ------------------------------------------------------------- */

/* The next `row_count` rows of a batch belong to this sequence. */
typedef struct swage_sequence_rows_t {
  swage_sequence_t sequence;
  uint32_t row_count;
} swage_sequence_rows_t;

/* New tokens for some sequences, each sequence at most once. */
typedef struct swage_batch_t {
  size_t size;
  const int32_t *tokens; /* [row_count] */
  size_t row_count;
  const swage_sequence_rows_t *sequences; /* in the order of their rows */
  size_t sequence_count;
  /* [row_count], positions for rotation; NULL: each row's place in its
   * sequence. */
  const int32_t *positions;
  /* Ascending indices of rows whose logits are wanted; NULL: the last row of
   * each sequence, and logit_row_count is not looked at. */
  const int32_t *logit_rows;
  size_t logit_row_count;
  /* [row_count], where the model has them; NULL: all 0. */
  const int32_t *token_types;
} swage_batch_t;

/* Row i starts at data + i * row_length and has `columns` values. It belongs to
 * the session and is valid until its next call. */
typedef struct swage_matrix_t {
  const float *data;
  size_t rows, columns, row_length;
} swage_matrix_t;

/* Appends the batch to its sequences and computes the wanted logits; row i of
 * them is for logit_rows[i]. `out_logits` may be NULL. On failure no sequence
 * has changed. */
SWAGE_API swage_status_code_t swage_session_forward(swage_session_t *session,
                                                    const swage_batch_t *batch,
                                                    swage_matrix_t *out_logits,
                                                    swage_status_t *status);

/* The same for one sequence and its next `count` tokens; the logits are those
 * of the last one. */
SWAGE_API swage_status_code_t swage_session_append(
    swage_session_t *session, swage_sequence_t sequence, const int32_t *tokens,
    size_t count, swage_matrix_t *out_logits, swage_status_t *status);

/* Whole texts side by side, padded to one length; all arrays are
 * [batch_count][length]. */
typedef struct swage_padded_batch_t {
  size_t size;
  const int32_t *tokens;
  const int32_t *mask;      /* 1: a token, 0: padding; NULL: no padding */
  const int32_t *positions; /* NULL: counted from the first token */
  size_t batch_count, length;
  const int32_t *token_types; /* where the model has them; NULL: all 0 */
} swage_padded_batch_t;

/* Computes the logits of every token into `out_logits`, [batch_count][length]
 * [columns]; those of padding are zeros. `out_count` is its size in values.
 * Uses sequences of its own, so at least one must be free; nothing is kept.
 * Padding may stand on either side of a text, not inside. On failure the
 * contents of `out_logits` are undefined. */
SWAGE_API swage_status_code_t swage_session_forward_padded(
    swage_session_t *session, const swage_padded_batch_t *batch,
    float *out_logits, size_t out_count, swage_status_t *status);

/* ---- Encode -------------------------------------------------------------- */

/* A result of the session's entry point. */
typedef struct swage_result_info_t {
  const char *name;      /* "last_hidden_state", "logits", "pooler_output" */
  uint32_t columns;      /* values in a row */
  uint32_t per_sequence; /* 1: a row for each text; 0: one for each token */
} swage_result_info_t;

/* The result at `index`, below the session's result_count. */
SWAGE_API swage_status_code_t
swage_session_result(const swage_session_t *session, size_t index,
                     swage_result_info_t *out_result, swage_status_t *status);

/* Where a result goes: rows of `columns` values, one behind the other. */
typedef struct swage_output_t {
  const char *name;
  float *data;
  size_t count; /* values that data has room for; rows * columns */
} swage_output_t;

/* Whole texts, one behind the other. */
typedef struct swage_texts_t {
  size_t size;
  const int32_t *tokens; /* [row_count] */
  size_t row_count;
  const uint32_t *lengths; /* [text_count], at least 1 each; their sum is
                              row_count */
  size_t text_count;
  const int32_t *token_types; /* [row_count]; NULL: all 0 */
  const int32_t *positions;   /* [row_count]; NULL: counted from each text's
                                 first token */
} swage_texts_t;

/* Computes the results that are asked for. Nothing is kept: the session's
 * sequences are only borrowed, so at least one must be free. A text must fit
 * into max_rows and context. On failure the contents of the outputs are
 * undefined. */
SWAGE_API swage_status_code_t swage_session_encode(
    swage_session_t *session, const swage_texts_t *texts,
    const swage_output_t *outputs, size_t output_count, swage_status_t *status);

/* The same with texts padded to one length; results have a row for each token
 * or padding, [batch_count][length][columns], or for each text, [batch_count]
 * [columns]. Rows of padding, and of texts without tokens, are zeros. */
SWAGE_API swage_status_code_t swage_session_encode_padded(
    swage_session_t *session, const swage_padded_batch_t *batch,
    const swage_output_t *outputs, size_t output_count, swage_status_t *status);

/* ---- Cancellation and deadlines ------------------------------------------ */

/* Ends the call that computes on the session (forward, append, encode and their
 * padded forms), or if none does the next one, with SWAGE_CANCELLED. From any
 * thread, as long as the session exists; does not wait for the call to end. Not
 * from a signal handler, as it takes a lock for a moment.
 *
 * The call ends at the next point where workers wait for each other, behind the
 * dispatches that run at that moment: a part of one layer's work on at most
 * max_rows rows, so microseconds to some milliseconds on most models. A call
 * that waits for its turn on the device ends at once. A call that is done
 * already returns what it computed; the next one is cancelled then. After a
 * cancelled call no sequence has changed, so that the same call can be made
 * again. */
SWAGE_API void swage_session_cancel(swage_session_t *session);

/* Calls that compute and are not done so many nanoseconds from now end with
 * SWAGE_DEADLINE_EXCEEDED, as late and with as little effect as cancelled ones;
 * so do calls that begin later. 0 takes the deadline away. */
SWAGE_API void swage_session_set_deadline(swage_session_t *session,
                                          uint64_t nanoseconds);

/* ---- Saving sequences ---------------------------------------------------- */

/* Takes the next bytes of what is saved. Anything but 0 ends the saving with
 * SWAGE_IO. */
typedef int (*swage_write_t)(void *self, const void *data, size_t size);

/* Gives the next `size` bytes of what was saved, all of them. Anything but 0
 * ends the loading with SWAGE_IO. */
typedef int (*swage_read_t)(void *self, void *data, size_t size);

/* Writes `count` sequences with their tokens' cache, each page once however
 * many of them share it. docs/artifact-format.md has the format. A page is
 * saved whole, so what was left behind a sequence's end goes along. Encoders
 * keep no state to save, which is SWAGE_UNSUPPORTED. */
SWAGE_API swage_status_code_t swage_session_save(
    swage_session_t *session, const swage_sequence_t *sequences, size_t count,
    swage_write_t write, void *self, swage_status_t *status);

/* Bytes that swage_session_save writes for these sequences. */
SWAGE_API swage_status_code_t swage_session_save_size(
    swage_session_t *session, const swage_sequence_t *sequences, size_t count,
    uint64_t *out_size, swage_status_t *status);

/* Makes new sequences of what was saved, in the same order, which go on as the
 * saved ones would have, bit for bit. The session may be of another process and
 * have other maxima, as long as the sequences fit; its module must be of the
 * same artifact, run the same target's code and cache in the same type. Reads
 * no byte behind what was saved.
 *
 * Writes their ids to `out_ids` and their number to `out_count`, which must be
 * at most `capacity`. All that is read is checked: damage is SWAGE_DATA_LOSS,
 * what belongs to another model or fits not SWAGE_INVALID_ARGUMENT or
 * SWAGE_UNSUPPORTED. On failure no sequence has changed or been made. */
SWAGE_API swage_status_code_t swage_session_load(swage_session_t *session,
                                                 swage_read_t read, void *self,
                                                 swage_sequence_t *out_ids,
                                                 size_t capacity,
                                                 size_t *out_count,
                                                 swage_status_t *status);

/* ---- Profile ------------------------------------------------------------- */

typedef struct swage_profile_event_t {
  const char *name;   /* layer or part, "" if unnamed */
  const char *kernel; /* the kernel's name */
  uint64_t nanoseconds;
  uint64_t bytes;         /* read and written; 0 if unknown */
  uint64_t multiply_adds; /* 0 if unknown */
  uint64_t grid;          /* work items */
  uint32_t rows;          /* of the part of the batch computed at once */
} swage_profile_event_t;

typedef void (*swage_profile_callback_t)(void *self,
                                         const swage_profile_event_t *event);

/* From the next call on, `callback` gets each dispatch after it ran, on the
 * caller's thread; dispatches then never overlap. NULL turns it off. */
SWAGE_API void swage_session_set_profile(swage_session_t *session,
                                         swage_profile_callback_t callback,
                                         void *self);

/* ---- Observer ------------------------------------------------------------ */

/* Row i starts at element i * row_length of data and has `columns` elements. */
typedef struct swage_tensor_t {
  const void *data;
  const char *element; /* "f32", "f16", "bf16", "i32" or "u8" */
  size_t rows, columns, row_length;
} swage_tensor_t;

/* What a dispatch has written. Sums with a residual stand where the residual
 * stood; keys and values that it puts into the cache are not shown. */
typedef struct swage_dispatch_event_t {
  const char *name;   /* layer or part, "" if unnamed */
  const char *kernel; /* the kernel's name */
  const swage_tensor_t *results;
  size_t result_count; /* 0 if the artifact does not say what is written */
  uint32_t rows;       /* of the part of the batch computed at once */
} swage_dispatch_event_t;

typedef void (*swage_observer_callback_t)(void *self,
                                          const swage_dispatch_event_t *event);

/* From the next call on, `callback` gets each dispatch after it ran, on the
 * caller's thread, and may read the results until it returns. Dispatches then
 * never overlap; their results stay the same bits. NULL turns it off. */
SWAGE_API void swage_session_set_observer(swage_session_t *session,
                                          swage_observer_callback_t callback,
                                          void *self);

#ifdef __cplusplus
}
#endif

#endif /* SWAGE_SESSION_H */
