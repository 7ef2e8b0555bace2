//===- fuzz_seeds.cpp - Writes the seeds that are binary files ------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ArtifactInput.h"
#include "Saved.h"
#include "test/unit/gguf/GgufBytes.h"
#include "test/unit/text/TinyTable.h"
#include <cstdio>
#include <filesystem>
#include <fstream>

namespace table = swage::test::table;

static bool write(const std::filesystem::path &path, const char *prefix,
                  const uint8_t *data, size_t size) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file << prefix;
  file.write(reinterpret_cast<const char *>(data), std::streamsize(size));
  return bool(file.flush());
}

/// The first byte says what the rest is; see ArtifactInput.h.
static bool writeArtifacts(const std::filesystem::path &folder) {
  std::vector<uint8_t> decoder = swage::test::linkedModel(false).write();
  std::vector<uint8_t> encoder = swage::test::linkedModel(true).write();
  auto tableSize = [](const std::vector<uint8_t> &file) {
    return toy::readHeader(file.data()).tableSize;
  };
  const std::vector<uint8_t> &code = toy::kernelElf();
  return write(folder / "table", "t", decoder.data() + toy::kHeaderSize,
               tableSize(decoder)) &&
         write(folder / "encoder", "t", encoder.data() + toy::kHeaderSize,
               tableSize(encoder)) &&
         write(folder / "code", "c", code.data(), code.size()) &&
         write(folder / "head", "\xff", decoder.data(),
               toy::kHeaderSize + tableSize(decoder));
}

/// The first byte says what is made right; see SavedInput.h. Two
/// sequences that share a page, and an empty one.
static bool writeSessions(const std::filesystem::path &folder) {
  toy::Aligned file(toy::Model().write());
  swage_session_options_t sizes = swage_session_options_default();
  sizes.max_sequences = 3;
  swage_device_t *device = nullptr;
  swage_module_t *module = nullptr;
  swage_session_t *session = nullptr;
  swage_sequence_t a, b, c;
  int32_t tokens[] = {1, 2, 3, 4, 5};
  toy::Saved all, empty;
  bool done =
      !swage_device_create(nullptr, &device, nullptr) &&
      !swage_module_load_memory(device, file.data(), file.size(), &module,
                                nullptr) &&
      !swage_session_create(module, &sizes, &session, nullptr) &&
      !swage_sequence_create(session, &a, nullptr) &&
      !swage_session_append(session, a, tokens, 5, nullptr, nullptr) &&
      !swage_sequence_fork(session, a, &b, nullptr) &&
      !swage_session_append(session, b, tokens, 1, nullptr, nullptr) &&
      !swage_sequence_create(session, &c, nullptr) &&
      !all.save(session, {a, b, c}, nullptr) &&
      !empty.save(session, {c}, nullptr) &&
      write(folder / "three", "\3", all.bytes.data(), all.bytes.size()) &&
      write(folder / "empty", "\1", empty.bytes.data(), empty.bytes.size());
  swage_session_destroy(session);
  swage_module_destroy(module);
  swage_device_destroy(device);
  return done;
}

static bool writeTables(const std::filesystem::path &folder) {
  swage::test::TinyTable tiny;
  tiny.steps = {table::PreTokenizerStep::Split, table::PreTokenizerStep::Digits,
                table::PreTokenizerStep::ByteLevel};
  tiny.suffix = {258};
  tiny.chatTemplate = "{{ bos_token }}{{ messages[0].content }}";
  swage::test::AlignedBytes bytes = tiny.build();
  return write(folder / "tiny", "", bytes.data(), bytes.size());
}

/// A llama of one layer without its tensors' data, and its tokenizer.
static bool writeGguf(const std::filesystem::path &folder) {
  swage::test::GgufBytes file;
  auto f32 = [&](const char *name, float value) {
    file.key(name, 6).number(value);
  };
  file.start(1, 17);
  file.text("general.architecture", "llama");
  file.u32("llama.block_count", 1).u32("llama.context_length", 64);
  file.u32("llama.embedding_length", 8).u32("llama.feed_forward_length", 8);
  file.u32("llama.attention.head_count", 2);
  file.u32("llama.attention.head_count_kv", 1);
  f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  f32("llama.rope.freq_base", 10000.0f);
  file.text("tokenizer.ggml.model", "gpt2");
  file.text("tokenizer.ggml.pre", "llama-bpe");
  file.strings("tokenizer.ggml.tokens",
               {"<s>", "</s>", "a", "b", "ab", "\u0120"});
  file.array("tokenizer.ggml.token_type", 5, 6);
  for (int32_t type : {3, 3, 1, 1, 1, 1})
    file.number(type);
  file.strings("tokenizer.ggml.merges", {"a b"});
  file.u32("tokenizer.ggml.bos_token_id", 0);
  file.u32("tokenizer.ggml.eos_token_id", 1);
  file.text("tokenizer.chat_template", "{{ bos_token }}");
  file.tensor("token_embd.weight", {8, 6}, 1, 0).pad();
  file.bytes.append(8 * 6 * 2, '\0');
  return write(folder / "llama", "",
               reinterpret_cast<const uint8_t *>(file.bytes.data()),
               file.bytes.size());
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
    return 2;
  }
  std::filesystem::path folder = argv[1];
  if (writeArtifacts(folder / "artifact") &&
      writeSessions(folder / "session") &&
      writeTables(folder / "tokenizer_table") && writeGguf(folder / "gguf"))
    return 0;
  fprintf(stderr, "cannot write to '%s'\n", argv[1]);
  return 1;
}
