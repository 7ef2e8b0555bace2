//===- ArtifactView.cpp - An artifact's table, for those who look inside --===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/ArtifactView.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/ADT/StringExtras.h"
#include <set>

using namespace swage;
using namespace swage::cli;

ArtifactView::ArtifactView(const std::string &path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    failWork(path + ": " + buffer.getError().message());
  file = std::move(*buffer);
  auto *bytes = reinterpret_cast<const uint8_t *>(file->getBufferStart());
  uint64_t size = file->getBufferSize();
  if (size < schema::kHeaderSize || !schema::hasMagic(bytes))
    failWork(path + ": not an artifact: the file does not start with '" +
             schema::kMagic + "'");
  head = schema::readHeader(bytes);
  if (head.headerChecksum != schema::crc32c(bytes, 60))
    failWork(path + ": the header is damaged: its checksum does not match");
  if (head.version != schema::kSchemaVersion)
    failWork(path + ": have schema version " + llvm::Twine(head.version) +
             ", require " + llvm::Twine(schema::kSchemaVersion));
  if (head.fileSize != size)
    failWork(path + ": have a file of " + llvm::Twine(size) +
             " bytes, require " + llvm::Twine(head.fileSize));
  if (head.tableOffset > size || head.tableSize > size - head.tableOffset)
    failWork(path + ": the table at byte " + llvm::Twine(head.tableOffset) +
             " reaches beyond the end of the file");
  const uint8_t *table = bytes + head.tableOffset;
  uint32_t checksum = schema::crc32c(table, head.tableSize);
  if (checksum != head.tableChecksum)
    failWork(path + ": have a table with checksum " +
             llvm::utohexstr(checksum, /*LowerCase=*/true) + ", require " +
             llvm::utohexstr(head.tableChecksum, /*LowerCase=*/true));
  flatbuffers::Verifier verifier(table, head.tableSize);
  if (!schema::VerifyArtifactBuffer(verifier))
    failWork(path + ": the table's structure is damaged");
  artifact = schema::GetArtifact(table);
}

/// What the file has of a segment: all of it, or nothing.
llvm::ArrayRef<uint8_t> ArtifactView::segmentBytes(uint32_t index) const {
  if (index >= artifact->segments()->size())
    return {};
  const schema::Segment &segment = *artifact->segments()->Get(index);
  uint64_t size = file->getBufferSize();
  if (segment.offset() > size || segment.size() > size - segment.offset())
    return {};
  auto *bytes = reinterpret_cast<const uint8_t *>(file->getBufferStart());
  return {bytes + segment.offset(), size_t(segment.size())};
}

llvm::ArrayRef<uint8_t>
ArtifactView::weightBytes(const schema::Weight &weight) const {
  llvm::ArrayRef<uint8_t> segment = segmentBytes(weight.segment());
  if (weight.offset() > segment.size() ||
      weight.size() > segment.size() - weight.offset())
    return {};
  return segment.slice(weight.offset(), weight.size());
}

llvm::ArrayRef<uint8_t> ArtifactView::sectionBytes(llvm::StringRef name) const {
  if (artifact->sections())
    for (const schema::Section *section : *artifact->sections())
      if (name == section->name()->c_str())
        return segmentBytes(section->segment());
  return {};
}

static std::string formatBinary(schema::ExpressionKind kind,
                                const std::string &a, const std::string &b) {
  using Kind = schema::ExpressionKind;
  switch (kind) {
  case Kind::Add:
    return "(" + a + " + " + b + ")";
  case Kind::Subtract:
    return "(" + a + " - " + b + ")";
  case Kind::Multiply:
    return a + " * " + b;
  case Kind::CeilDivide:
    return "ceildiv(" + a + ", " + b + ")";
  case Kind::Minimum:
    return "min(" + a + ", " + b + ")";
  case Kind::Maximum:
    return "max(" + a + ", " + b + ")";
  case Kind::Constant:
  case Kind::Symbol:
    break;
  }
  return "?";
}

std::string cli::formatExpression(const schema::Expression *expression) {
  if (!expression)
    return "";
  std::vector<std::string> stack;
  for (const schema::ExpressionNode *node : *expression->nodes()) {
    if (node->kind() == schema::ExpressionKind::Constant) {
      stack.push_back(std::to_string(node->value()));
    } else if (node->kind() == schema::ExpressionKind::Symbol) {
      stack.push_back(
          schema::EnumNameSymbol(schema::Symbol(uint8_t(node->value()))));
    } else if (stack.size() >= 2) {
      std::string right = std::move(stack.back());
      stack.pop_back();
      stack.back() = formatBinary(node->kind(), stack.back(), right);
    } else {
      return "?";
    }
  }
  return stack.size() == 1 ? stack.back() : "?";
}

/// Whether a kernel reads all of the weights that it is given.
static bool readsWholeWeights(const schema::Program &program, uint32_t kernel) {
  if (kernel >= program.kernels()->size())
    return false;
  llvm::StringRef name(program.kernels()->Get(kernel)->name()->c_str());
  return !name.starts_with("embedding") && !name.starts_with("attention");
}

uint64_t cli::weightBytesPerToken(const schema::Program &program) {
  std::set<uint32_t> weights;
  const auto *entryPoints = program.entry_points();
  if (entryPoints->size() == 0 || entryPoints->Get(0)->variants()->size() == 0)
    return 0;
  const schema::Variant *decode = entryPoints->Get(0)->variants()->Get(0);
  for (size_t i = 0; i < decode->commands()->size(); ++i) {
    const auto *dispatch = decode->commands()->GetAs<schema::Dispatch>(i);
    if (decode->commands_type()->GetEnum<schema::Command>(i) !=
            schema::Command::Dispatch ||
        !readsWholeWeights(program, dispatch->kernel()))
      continue;
    for (const schema::Binding *binding : *dispatch->bindings())
      if (binding->buffer() < decode->buffers()->size()) {
        const auto *buffer = decode->buffers()->Get(binding->buffer());
        if (buffer->kind() == schema::BufferKind::Weight)
          weights.insert(buffer->weight());
      }
  }
  uint64_t bytes = 0;
  for (uint32_t weight : weights)
    if (weight < program.weights()->size())
      bytes += program.weights()->Get(weight)->size();
  return bytes;
}
