//===- TensorTrace.cpp - What each layer of a model computes --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/TensorTrace.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/weights/Dtype.h"
#include "llvm/ADT/StringExtras.h"

using namespace swage;
using namespace swage::cli;

DispatchWeights::DispatchWeights(const ArtifactView &view,
                                 llvm::StringRef device) {
  for (const schema::Program *program : *view.table().programs()) {
    if (text(program->device()) != device)
      continue;
    for (const schema::EntryPoint *entry : *program->entry_points())
      for (const schema::Variant *variant : *entry->variants())
        for (size_t i = 0; i < variant->commands()->size(); ++i) {
          if (variant->commands_type()->GetEnum<schema::Command>(i) !=
              schema::Command::Dispatch)
            continue;
          const auto *dispatch =
              variant->commands()->GetAs<schema::Dispatch>(i);
          auto &read = weights[{
              text(dispatch->name()),
              text(program->kernels()->Get(dispatch->kernel())->name())}];
          if (!read.empty())
            continue;
          for (const schema::Binding *binding : *dispatch->bindings()) {
            const auto *buffer = variant->buffers()->Get(binding->buffer());
            if (buffer->kind() == schema::BufferKind::Weight)
              read.push_back(program->weights()->Get(buffer->weight()));
          }
        }
  }
}

llvm::ArrayRef<const schema::Weight *>
DispatchWeights::of(const std::string &dispatch,
                    const std::string &kernel) const {
  auto found = weights.find({dispatch, kernel});
  if (found == weights.end())
    return {};
  return found->second;
}

/// The words of a kernel's name that say what it computes, without types,
/// sizes and the number of rows that it is made for.
static std::string operationOf(llvm::StringRef kernel) {
  std::string operation;
  llvm::SmallVector<llvm::StringRef> words;
  kernel.split(words, '_');
  for (llvm::StringRef word : words) {
    bool isForm = word == "one" || word == "few" || word == "many" ||
                  llvm::any_of(word, llvm::isDigit);
    if (!isForm)
      operation += (operation.empty() ? "" : " ") + word.str();
  }
  return operation;
}

namespace {

/// Columns of a dispatch's result that are one tensor.
struct Columns {
  std::string name;
  size_t begin, count;
};

} // namespace

/// The parts of rows of `columns`: one for each tensor of the weight that they
/// are products with, where it has as many rows.
static std::vector<Columns>
partsOf(llvm::ArrayRef<const schema::Weight *> weights,
        const std::string &dispatch, size_t columns) {
  std::vector<Columns> parts;
  for (const schema::Weight *weight : weights) {
    if (!weight->parts() || weight->parts()->size() == 0)
      continue;
    size_t begin = 0;
    for (const schema::WeightPart *part : *weight->parts()) {
      llvm::StringRef name(part->name()->c_str());
      name.consume_back(".weight");
      parts.push_back({name.str(), begin, size_t(part->rows())});
      begin += size_t(part->rows());
    }
    // A weight alone names its product unless it is another layer's, too.
    bool isOwn = parts.size() > 1 ||
                 llvm::StringRef(parts.front().name).starts_with(dispatch);
    if (begin == columns && isOwn)
      return parts;
    parts.clear();
  }
  return {{dispatch, 0, columns}};
}

/// Element `index` of data of a type as the runtime names it.
static float elementAt(const void *data, llvm::StringRef type, size_t index) {
  auto *bytes = static_cast<const uint8_t *>(data);
  if (type == "u8")
    return bytes[index];
  if (type == "i32") {
    int32_t value;
    std::memcpy(&value, bytes + 4 * index, sizeof(value));
    return float(value);
  }
  auto dtype = type == "f16"    ? weights::Dtype::F16
               : type == "bf16" ? weights::Dtype::BF16
                                : weights::Dtype::F32;
  return weights::widen(dtype,
                        bytes + index * size_t(weights::getBytes(dtype)));
}

TensorTrace::TensorTrace(Session &session, const DispatchWeights &weights,
                         std::function<void(Tensor)> onTensor)
    : session(session), weights(weights), onTensor(std::move(onTensor)) {
  session.setObserver(
      [](void *self, const swage_dispatch_event_t *event) {
        static_cast<TensorTrace *>(self)->take(*event);
      },
      this);
}

void TensorTrace::take(const swage_dispatch_event_t &event) {
  std::string dispatch = event.name, operation = operationOf(event.kernel);
  for (size_t i = 0; i < event.result_count; ++i) {
    const swage_tensor_t &result = event.results[i];
    for (const Columns &part : partsOf(weights.of(dispatch, event.kernel),
                                       dispatch, result.columns)) {
      Tensor tensor = {part.name,   operation,  dispatch, event.kernel,
                       result.rows, part.count, {}};
      tensor.values.reserve(result.rows * part.count);
      for (size_t row = 0; row < result.rows; ++row)
        for (size_t column = 0; column < part.count; ++column)
          tensor.values.push_back(
              elementAt(result.data, result.element,
                        row * result.row_length + part.begin + column));
      onTensor(std::move(tensor));
    }
  }
}

llvm::StringRef cli::layerOf(llvm::StringRef tensor) {
  size_t begin = 0;
  while (begin < tensor.size()) {
    size_t end = std::min(tensor.find('.', begin), tensor.size());
    llvm::StringRef word = tensor.slice(begin, end);
    if (begin && llvm::all_of(word, llvm::isDigit) && !word.empty())
      return tensor.take_front(end);
    begin = end + 1;
  }
  return "";
}
