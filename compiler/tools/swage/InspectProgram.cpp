//===- InspectProgram.cpp - A program of an artifact as JSON --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/InspectProgram.h"
#include "compiler/tools/swage/ArtifactView.h"

using namespace swage;
using namespace swage::cli;
using llvm::json::Array;
using llvm::json::Object;

/// Bytes of a segment, 0 if there is none of that index.
static uint64_t segmentBytes(const schema::Artifact &artifact, uint32_t index) {
  return index < artifact.segments()->size()
             ? artifact.segments()->Get(index)->size()
             : 0;
}

Array cli::weightsToJson(const schema::Program &program) {
  Array list;
  for (const schema::Weight *weight : *program.weights()) {
    Array shape, sources, parts;
    if (weight->shape())
      for (uint64_t size : *weight->shape())
        shape.push_back(int64_t(size));
    if (weight->sources())
      for (const flatbuffers::String *source : *weight->sources())
        sources.push_back(source->str());
    if (weight->parts())
      for (const schema::WeightPart *part : *weight->parts())
        parts.push_back(Object{{"name", text(part->name())},
                               {"rows", int64_t(part->rows())}});
    list.push_back(Object{{"name", text(weight->name())},
                          {"shape", std::move(shape)},
                          {"encoding", text(weight->encoding())},
                          {"bits", weight->bits()},
                          {"bytes", int64_t(weight->size())},
                          {"layout", text(weight->layout())},
                          {"sources", std::move(sources)},
                          {"parts", std::move(parts)},
                          {"segment", weight->segment()},
                          {"offset", int64_t(weight->offset())}});
  }
  return list;
}

static Array executablesToJson(const schema::Program &program,
                               const schema::Artifact &artifact) {
  Array list;
  for (const schema::Executable *executable : *program.executables()) {
    Array features;
    if (executable->features())
      for (const flatbuffers::String *feature : *executable->features())
        features.push_back(feature->str());
    list.push_back(Object{
        {"target", text(executable->target())},
        {"features", std::move(features)},
        {"abi_version", executable->abi_version()},
        {"code_bytes", int64_t(segmentBytes(artifact, executable->segment()))},
    });
  }
  return list;
}

static std::string kernelName(const schema::Program &program, uint32_t index) {
  return index < program.kernels()->size()
             ? text(program.kernels()->Get(index)->name())
             : "?";
}

/// What a buffer is, in a word.
static std::string bufferName(const schema::Program &program,
                              const schema::Variant &variant, uint32_t index) {
  if (index >= variant.buffers()->size())
    return "?";
  const schema::Buffer *buffer = variant.buffers()->Get(index);
  if (buffer->kind() == schema::BufferKind::Weight &&
      buffer->weight() < program.weights()->size())
    return text(program.weights()->Get(buffer->weight())->name());
  std::string name = text(buffer->name());
  return name.empty() ? "buffer " + std::to_string(index) : name;
}

static Object dispatchToJson(const schema::Program &program,
                             const schema::Variant &variant,
                             const schema::Dispatch &dispatch) {
  Array bindings, scalars;
  for (const schema::Binding *binding : *dispatch.bindings())
    bindings.push_back(Object{
        {"buffer", bufferName(program, variant, binding->buffer())},
        {"index", binding->buffer()},
        {"offset", int64_t(binding->offset())},
        {"writes", binding->writes() != 0},
    });
  if (dispatch.scalars())
    for (const schema::Expression *scalar : *dispatch.scalars())
      scalars.push_back(formatExpression(scalar));
  return Object{{"dispatch", kernelName(program, dispatch.kernel())},
                {"name", text(dispatch.name())},
                {"grid", formatExpression(dispatch.grid())},
                {"bindings", std::move(bindings)},
                {"scalars", std::move(scalars)}};
}

static Array commandsToJson(const schema::Program &program,
                            const schema::Variant &variant) {
  Array list;
  for (size_t i = 0; i < variant.commands()->size(); ++i)
    switch (variant.commands_type()->GetEnum<schema::Command>(i)) {
    case schema::Command::Dispatch:
      list.push_back(dispatchToJson(
          program, variant, *variant.commands()->GetAs<schema::Dispatch>(i)));
      break;
    case schema::Command::Barrier:
      list.push_back(Object{{"barrier", true}});
      break;
    case schema::Command::NONE:
      break;
    }
  return list;
}

static Array buffersToJson(const schema::Program &program,
                           const schema::Variant &variant) {
  Array list;
  for (uint32_t i = 0; i < variant.buffers()->size(); ++i) {
    const schema::Buffer *buffer = variant.buffers()->Get(i);
    Object object{{"name", bufferName(program, variant, i)},
                  {"kind", schema::EnumNameBufferKind(buffer->kind())}};
    if (buffer->role() != schema::Role::None)
      object["role"] = schema::EnumNameRole(buffer->role());
    if (buffer->size())
      object["size"] = formatExpression(buffer->size());
    if (buffer->rows()) {
      object["rows"] = formatExpression(buffer->rows());
      object["columns"] = int64_t(buffer->columns());
      object["row_length"] = int64_t(buffer->row_length());
      object["element"] = schema::EnumNameElement(buffer->element());
    }
    list.push_back(std::move(object));
  }
  return list;
}

static Array entryPointsToJson(const schema::Program &program) {
  Array list;
  for (const schema::EntryPoint *entryPoint : *program.entry_points()) {
    Array variants;
    for (const schema::Variant *variant : *entryPoint->variants())
      variants.push_back(Object{
          {"min_rows", int64_t(variant->min_rows())},
          {"max_rows", int64_t(variant->max_rows())},
          {"kv_cache", text(variant->kv_cache())},
          {"buffers", buffersToJson(program, *variant)},
          {"commands", commandsToJson(program, *variant)},
      });
    list.push_back(Object{{"name", text(entryPoint->name())},
                          {"whole_sequences", entryPoint->whole_sequences()},
                          {"variants", std::move(variants)}});
  }
  return list;
}

Object cli::programToJson(const schema::Program &program,
                          const schema::Artifact &artifact) {
  Array kernels;
  for (const schema::Kernel *kernel : *program.kernels())
    kernels.push_back(text(kernel->name()));
  return Object{{"device", text(program.device())},
                {"executables", executablesToJson(program, artifact)},
                {"kernels", std::move(kernels)},
                {"entry_points", entryPointsToJson(program)}};
}
