//===- ToyModel.cpp - A small artifact that tests build and damage --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ToyModel.h"
#include "runtime/schema/header.h"
#include "swage/cpu_kernel.h"
#include <algorithm>
#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>

namespace toy {

Ex::operator std::unique_ptr<ExpressionT>() const {
  auto expression = std::make_unique<ExpressionT>();
  expression->nodes = nodes;
  return expression;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

const std::vector<uint8_t> &kernelElf() {
  static const std::vector<uint8_t> bytes = [] {
    std::ifstream file(SWAGE_TOY_KERNELS, std::ios::binary);
    return std::vector<uint8_t>(std::istreambuf_iterator<char>(file), {});
  }();
  return bytes;
}

uint64_t kernelAddress(const std::string &name) {
  const uint8_t *elf = kernelElf().data();
  const auto *header = reinterpret_cast<const Elf64_Ehdr *>(elf);
  const auto *sections =
      reinterpret_cast<const Elf64_Shdr *>(elf + header->e_shoff);
  for (int i = 0; i < header->e_shnum; ++i) {
    if (sections[i].sh_type != SHT_DYNSYM)
      continue;
    const char *names = reinterpret_cast<const char *>(
        elf + sections[sections[i].sh_link].sh_offset);
    const auto *symbols =
        reinterpret_cast<const Elf64_Sym *>(elf + sections[i].sh_offset);
    for (size_t j = 0; j < sections[i].sh_size / sizeof(Elf64_Sym); ++j)
      if (name == names + symbols[j].st_name)
        return symbols[j].st_value;
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Model
//===----------------------------------------------------------------------===//

static std::unique_ptr<BufferT> buffer(BufferKind kind, Role role,
                                       const char *name,
                                       std::unique_ptr<ExpressionT> size) {
  auto result = std::make_unique<BufferT>();
  result->kind = kind;
  result->role = role;
  result->name = name;
  result->size = std::move(size);
  return result;
}

static void addDispatch(VariantT &variant, uint32_t kernel, const char *name,
                        std::vector<uint32_t> buffers, std::vector<Ex> scalars,
                        Ex grid) {
  DispatchT dispatch;
  dispatch.kernel = kernel;
  dispatch.name = name;
  for (uint32_t b : buffers) {
    BufferT &target = *variant.buffers[b];
    bool isOutput = b == buffers.back();
    bool writes = isOutput || target.kind == BufferKind::State;
    dispatch.bindings.emplace_back(b, writes, 0);
    uint32_t now = uint32_t(variant.commands.size());
    if (isOutput && target.kind == BufferKind::Arena)
      target.first_command = now;
    target.last_command = now;
  }
  for (const Ex &scalar : scalars)
    dispatch.scalars.push_back(scalar);
  dispatch.grid = grid;
  dispatch.bytes = grid * Ex(128);
  dispatch.multiply_adds = Ex(0);
  CommandUnion command;
  command.Set(std::move(dispatch));
  variant.commands.push_back(std::move(command));
  CommandUnion barrier;
  barrier.Set(BarrierT());
  variant.commands.push_back(std::move(barrier));
}

enum Kernels { kEmbed, kAdd, kSum, kLogits, kTypes, kMix };

static std::unique_ptr<VariantT> makeVariant(uint32_t minRows, uint32_t maxRows,
                                             const char *cache,
                                             uint64_t pageBytes) {
  auto v = std::make_unique<VariantT>();
  v->min_rows = minRows;
  v->max_rows = maxRows;
  v->kv_cache = cache;
  Ex rows = Symbol::Rows, sequences = Symbol::Sequences;
  Ex stride = Symbol::TableStride, logitRows = Symbol::LogitRows;
  Ex rowBytes = rows * Ex(kRowLength * 4);
  auto add = [&](BufferKind kind, Role role, const char *name, Ex size) {
    v->buffers.push_back(buffer(kind, role, name, size));
  };
  add(BufferKind::Argument, Role::Tokens, "tokens", rows * Ex(4));
  add(BufferKind::Weight, Role::None, "table", 0);
  add(BufferKind::Arena, Role::None, "embedded", rowBytes);
  add(BufferKind::Arena, Role::None, "added", rowBytes);
  add(BufferKind::State, Role::None, "cache", Ex(Symbol::Pages) * pageBytes);
  add(BufferKind::Argument, Role::Batch, "batch",
      (sequences * (stride + 2) + rows + 1) * Ex(4));
  add(BufferKind::Arena, Role::None, "summed", rowBytes);
  add(BufferKind::Argument, Role::LogitRows, "logit rows", logitRows * Ex(4));
  // Rounded up to four rows, as a kernel that works in tiles would have it.
  Ex fours(logitRows, Ex(4), ExpressionKind::CeilDivide);
  add(BufferKind::Result, Role::Logits, "logits",
      fours * Ex(4 * kRowLength * 4));
  v->buffers[4]->page_bytes = pageBytes;
  v->buffers[8]->columns = kColumns;
  v->buffers[8]->row_length = kRowLength;

  addDispatch(*v, kEmbed, "embed", {0, 1, 2}, {}, rows);
  addDispatch(*v, kAdd, "add", {2, 3}, {1}, rows);
  addDispatch(*v, kSum, "sum", {3, 4, 5, 6}, {rows, sequences, stride},
              sequences);
  addDispatch(*v, kLogits, "logits", {6, 7, 8}, {}, logitRows);
  return v;
}

static std::unique_ptr<VariantT> makeEncoderVariant(uint32_t minRows,
                                                    uint32_t maxRows) {
  auto v = std::make_unique<VariantT>();
  v->min_rows = minRows;
  v->max_rows = maxRows;
  Ex rows = Symbol::Rows, sequences = Symbol::Sequences;
  Ex stride = Symbol::TableStride, logitRows = Symbol::LogitRows;
  Ex rowBytes = kRowLength * 4;
  auto add = [&](BufferKind kind, Role role, const char *name, Ex size) {
    v->buffers.push_back(buffer(kind, role, name, size));
    v->buffers.back()->columns = kColumns;
    v->buffers.back()->row_length = kRowLength;
  };
  add(BufferKind::Argument, Role::Tokens, "tokens", rows * Ex(4));
  add(BufferKind::Weight, Role::None, "table", 0);
  add(BufferKind::Arena, Role::None, "embedded", rows * rowBytes);
  add(BufferKind::Argument, Role::TokenTypes, "types", rows * Ex(4));
  add(BufferKind::Argument, Role::Batch, "batch",
      (sequences * (stride + 2) + rows + 1) * Ex(4));
  add(BufferKind::Arena, Role::None, "typed", rows * rowBytes);
  add(BufferKind::Result, Role::Hidden, "hidden", rows * rowBytes);
  add(BufferKind::Argument, Role::LogitRows, "logit rows", logitRows * Ex(4));
  add(BufferKind::Result, Role::Logits, "logits", logitRows * rowBytes);
  add(BufferKind::Result, Role::Pooled, "pooled", sequences * rowBytes);
  addDispatch(*v, kEmbed, "embed", {0, 1, 2}, {}, rows);
  addDispatch(*v, kTypes, "types", {2, 3, 4, 5}, {rows, sequences}, rows);
  addDispatch(*v, kMix, "mix", {5, 4, 6}, {rows, sequences}, sequences);
  addDispatch(*v, kLogits, "logits", {6, 7, 8}, {}, logitRows);
  // The batch begins with the first row of each sequence.
  addDispatch(*v, kLogits, "pool", {6, 4, 9}, {}, sequences);
  return v;
}

static std::vector<uint8_t> tableWeight() {
  std::vector<float> values;
  for (int token = 0; token < kVocabulary; ++token)
    for (int c = 0; c < kRowLength; ++c)
      values.push_back(float(token * (c + 1)));
  std::vector<uint8_t> bytes(values.size() * 4);
  memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

float expectedLogit(const std::vector<int32_t> &tokens, int column,
                    int position) {
  float sum = 0;
  for (int32_t token : tokens)
    sum += float(token * (column + 1) + 1);
  return sum + 1000.0f * float(position);
}

float expectedHidden(const std::vector<int32_t> &tokens,
                     const std::vector<int32_t> &types, int column) {
  float sum = 0;
  for (size_t i = 0; i < tokens.size(); ++i)
    sum += float(tokens[i] * (column + 1)) + 1000.0f * float(i) +
           (types.empty() ? 0.0f : 100.0f * float(types[i]));
  return sum;
}

void Model::makeEncoder() {
  table.token_types = 3;
  for (const char *name : {"toy_types", "toy_mix"}) {
    program().kernels.push_back(std::make_unique<KernelT>());
    program().kernels.back()->name = name;
    program().executables[0]->addresses.push_back(kernelAddress(name));
  }
  EntryPointT &entry = *program().entry_points[0];
  entry.name = "encode";
  entry.whole_sequences = true;
  entry.variants.clear();
  entry.variants.push_back(makeEncoderVariant(1, 1));
  entry.variants.push_back(makeEncoderVariant(2, ~0u));
}

uint32_t Model::addSegment(std::vector<uint8_t> bytes) {
  segments.push_back(std::move(bytes));
  table.segments.push_back(std::make_unique<SegmentT>());
  return uint32_t(segments.size() - 1);
}

Model::Model() {
  table.producer = "test";
  table.architecture = "toy";
  table.vocab_size = kVocabulary;
  table.max_positions = kMaxPositions;
  table.page_positions = kPagePositions;
  table.bos_token = 1;
  table.eos_tokens = {2, 3};
  table.metadata.push_back(std::make_unique<MetadataT>());
  table.metadata[0]->key = "license";
  table.metadata[0]->value = "none";

  uint32_t code = addSegment(kernelElf());
  uint32_t weights = addSegment(tableWeight());
  table.sections.push_back(std::make_unique<SectionT>());
  table.sections[0]->name = "tokenizer";
  table.sections[0]->segment = addSegment({'a', 'b', 'c'});

  table.programs.push_back(std::make_unique<ProgramT>());
  program().device = "cpu";
  program().weights.push_back(std::make_unique<WeightT>());
  WeightT &weight = *program().weights[0];
  weight.name = "table";
  weight.shape = {kVocabulary, kRowLength};
  weight.encoding = "f32";
  weight.layout = "row_major";
  weight.bits = 32;
  weight.segment = weights;
  weight.size = segments[weights].size();
  weight.checksum = crc32c(segments[weights].data(), weight.size);

  program().executables.push_back(std::make_unique<ExecutableT>());
  ExecutableT &executable = *program().executables[0];
  executable.target = "cpu:host";
  executable.abi_version = SWAGE_CPU_KERNEL_ABI_VERSION;
  executable.segment = code;
  for (const char *name : {"toy_embed", "toy_add", "toy_sum", "toy_logits"}) {
    program().kernels.push_back(std::make_unique<KernelT>());
    program().kernels.back()->name = name;
    executable.addresses.push_back(kernelAddress(name));
  }

  program().entry_points.push_back(std::make_unique<EntryPointT>());
  EntryPointT &entry = *program().entry_points[0];
  entry.name = "forward";
  for (auto [cache, bytes] : {std::pair("f32", 256), std::pair("f16", 320)}) {
    entry.variants.push_back(makeVariant(1, 1, cache, uint64_t(bytes)));
    entry.variants.push_back(makeVariant(2, ~0u, cache, uint64_t(bytes)));
  }
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

std::vector<uint8_t> Model::write() {
  // The table's size does not depend on the numbers in it.
  for (size_t i = 0; i < segments.size(); ++i) {
    table.segments[i]->offset = (i + 1) * kSegmentAlignment;
    table.segments[i]->size = segments[i].size();
    table.segments[i]->checksum =
        crc32c(segments[i].data(), segments[i].size());
  }
  return writeAsIs();
}

std::vector<uint8_t> Model::writeAsIs() const {
  flatbuffers::FlatBufferBuilder builder;
  FinishArtifactBuffer(builder, Artifact::Pack(builder, &table));
  std::vector<uint8_t> file(kHeaderSize);
  file.insert(file.end(), builder.GetBufferPointer(),
              builder.GetBufferPointer() + builder.GetSize());
  for (size_t i = 0; i < segments.size(); ++i) {
    file.resize((i + 1) * kSegmentAlignment);
    file.insert(file.end(), segments[i].begin(), segments[i].end());
  }
  Header header;
  header.fileSize = file.size();
  header.tableSize = builder.GetSize();
  writeHeader(header, file.data());
  reseal(file.data());
  return file;
}

void reseal(uint8_t *file) {
  Header header = readHeader(file);
  header.tableChecksum = crc32c(file + kHeaderSize, header.tableSize);
  writeHeader(header, file);
}

Aligned::Aligned(const std::vector<uint8_t> &bytes)
    : memory(bytes.size() + kWeightAlignment), count(bytes.size()) {
  uintptr_t address = reinterpret_cast<uintptr_t>(memory.data());
  start = memory.data() +
          (kWeightAlignment - address % kWeightAlignment) % kWeightAlignment;
  std::copy(bytes.begin(), bytes.end(), start);
}

} // namespace toy
