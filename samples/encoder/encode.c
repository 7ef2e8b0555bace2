/* encode.c - embeddings of texts from an encoder, and how alike they are.
 *
 * Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: encode MODEL.swg TOKENS TOKENS...    (TOKENS such as 2,57,31,3)
 *
 * An embedding is the mean of the last layer's rows. Prints the cosine of each
 * text with the first one.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <swage/swage.h>

enum { MAX_TEXTS = 64, MAX_TOKENS = 8192 };

/* The tokens of all texts, one behind the other. */
typedef struct {
  int32_t tokens[MAX_TOKENS];
  uint32_t lengths[MAX_TEXTS];
  size_t rows, texts;
} texts_t;

static int read_text(texts_t *texts, const char *text) {
  uint32_t length = 0;
  char *end;
  do {
    if (texts->rows == MAX_TOKENS || texts->texts == MAX_TEXTS)
      return fprintf(stderr, "too many tokens or texts\n"), 0;
    texts->tokens[texts->rows++] = (int32_t)strtol(text, &end, 10);
    ++length;
    if (end == text || (*end && *end != ','))
      return fprintf(stderr, "'%s' is no list of tokens\n", text), 0;
    text = end + 1;
  } while (*end);
  texts->lengths[texts->texts++] = length;
  return 1;
}

/* The mean of `rows` rows, of length 1. */
static void embed(const float *hidden, uint32_t rows, uint32_t columns,
                  float *out) {
  double norm = 0;
  for (uint32_t c = 0; c < columns; ++c) {
    double sum = 0;
    for (uint32_t r = 0; r < rows; ++r)
      sum += hidden[(size_t)r * columns + c];
    out[c] = (float)sum;
    norm += sum * sum;
  }
  for (uint32_t c = 0; c < columns; ++c)
    out[c] /= (float)sqrt(norm);
}

static int encode(swage_session_t *session, const texts_t *given,
                  swage_status_t *status) {
  swage_result_info_t info;
  if (swage_session_result(session, 0, &info, status))
    return 1;
  /* Result 0 is last_hidden_state: a row for each token. */
  uint32_t columns = info.columns;
  size_t count = given->rows * columns;
  float *hidden = malloc(count * sizeof(float));
  float *first = malloc(2 * columns * sizeof(float)), *other = first + columns;
  swage_output_t output = {info.name, hidden, count};
  swage_texts_t texts = SWAGE_ZERO;
  texts.size = sizeof(texts);
  texts.tokens = given->tokens;
  texts.row_count = given->rows;
  texts.lengths = given->lengths;
  texts.text_count = given->texts;
  int failed = !hidden || !first ||
               swage_session_encode(session, &texts, &output, 1, status);
  const float *rows = hidden;
  for (size_t i = 0; i < given->texts && !failed; ++i) {
    float *embedding = i ? other : first;
    embed(rows, given->lengths[i], columns, embedding);
    rows += (size_t)given->lengths[i] * columns;
    double cosine = 0;
    for (uint32_t c = 0; c < columns; ++c)
      cosine += (double)first[c] * embedding[c];
    printf("%.4f\n", cosine);
  }
  free(hidden);
  free(first);
  return failed;
}

int main(int argc, char **argv) {
  static texts_t texts;
  swage_device_t *device = NULL;
  swage_module_t *module = NULL;
  swage_session_t *session = NULL;
  swage_session_options_t options = swage_session_options_default();
  swage_status_t status = SWAGE_ZERO;
  if (argc < 3) {
    fprintf(stderr, "usage: %s MODEL.swg TOKENS TOKENS...\n", argv[0]);
    return 2;
  }
  for (int i = 2; i < argc; ++i)
    if (!read_text(&texts, argv[i]))
      return 2;
  options.entry_point = "encode";
  options.max_sequences = (uint32_t)texts.texts; /* encoded side by side */
  int failed = swage_device_create(NULL, &device, &status) ||
               swage_module_load_file(device, argv[1], &module, &status) ||
               swage_session_create(module, &options, &session, &status) ||
               encode(session, &texts, &status);
  if (failed)
    fprintf(stderr, "%s: %s\n", argv[1],
            status.code ? status.message : "no memory");
  swage_session_destroy(session);
  swage_module_destroy(module);
  swage_device_destroy(device);
  return failed;
}
