//===- GgufTensors.cpp - The weights of a GGUF file ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llama.cpp's converter reorders rows of some tensors, adds one to the norms of
// Gemma, and stores all vectors as F32. All of that is undone without loss:
// rows by views, which are read in place, vectors by a copy.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/gguf/Gguf.h"
#include "compiler/import/gguf/GgufKeys.h"
#include "compiler/import/gguf/GgufNames.h"
#include "compiler/weights/DerivedSource.h"
#include <map>

using namespace swage::weights;

namespace swage::import {

namespace {

/// The file's tensors under their own names.
class MappedTensors : public TensorSource {
public:
  explicit MappedTensors(std::unique_ptr<GgufFile> mapped)
      : file(std::move(mapped)) {
    for (const GgufTensor &tensor : file->getTensors())
      if (std::optional<Dtype> dtype = tensor.getFloatType()) {
        llvm::SmallVector<int64_t, 2> shape(tensor.shape.begin(),
                                            tensor.shape.end());
        add({tensor.name, *dtype, shape, file->getPath()});
        data.push_back(file->getData(tensor));
      }
  }

  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return data[indexOf(tensor)] + first * getBytes(tensor.dtype);
  }

  const GgufFile &getFile() const { return *file; }

private:
  std::unique_ptr<GgufFile> file;
  std::vector<const uint8_t *> data;
};

/// The tensors as Hugging Face has them.
class GgufTensors : public TensorSource {
public:
  GgufTensors(std::unique_ptr<GgufFile> opened, const GgufNames &names,
              Problems &problems)
      : names(names), problems(problems) {
    refuseEncodings(*opened);
    if (problems.hasErrors())
      return;
    auto mapped = std::make_unique<MappedTensors>(std::move(opened));
    file = &mapped->getFile();
    views = std::make_unique<DerivedSource>(std::move(mapped));
    GgufKeys keys(*file, names.architecture.str() + ".", problems);
    queryHeads = keys.size("attention.head_count").value_or(1);
    keyHeads = keys.size("attention.head_count_kv").value_or(queryHeads);
    if (const GgufTensor *table = file->findTensor("token_embd.weight"))
      mainType = table->getFloatType().value_or(Dtype::F32);
    for (const GgufTensor &tensor : file->getTensors())
      addTensor(tensor);
  }

  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    const Stored &stored = all[indexOf(tensor)];
    if (!stored.copy.empty())
      return stored.copy.data() + first * getBytes(tensor.dtype);
    return views->read(*views->find(stored.name), first, count, scratch);
  }

private:
  struct Stored {
    /// In `views`.
    std::string name;
    /// The values of a vector that is not stored as Hugging Face stores it.
    std::vector<uint8_t> copy;
  };

  void fail(const GgufTensor &tensor, const llvm::Twine &message) {
    problems.error(file->getPath() + ": tensor '" + tensor.name +
                   "': " + message);
  }

  /// Names the first tensor of each type that is not supported.
  void refuseEncodings(const GgufFile &opened) {
    std::map<uint32_t, std::pair<const GgufTensor *, int64_t>> found;
    for (const GgufTensor &tensor : opened.getTensors())
      if (!tensor.getFloatType()) {
        auto &[first, count] = found[tensor.type];
        if (++count == 1)
          first = &tensor;
      }
    for (const auto &[type, tensors] : found) {
      const auto &[first, count] = tensors;
      problems.error(
          opened.getPath() + ": tensor '" + first->name + "'" +
          (count > 1 ? " and " + std::to_string(count - 1) + " more" : "") +
          ": found type " + first->getTypeName() +
          ", this version supports F32, F16 and BF16; convert the model with "
          "--outtype f16");
    }
  }

  /// The view that makes rows of a tensor what Hugging Face has.
  std::optional<View> findView(const GgufTensor &tensor, GgufChange change) {
    int64_t rows = tensor.shape[0];
    int64_t heads = change == GgufChange::KeyPairs ? keyHeads : queryHeads;
    int64_t parts = change == GgufChange::SplitHeads ? 3 : 2;
    switch (change) {
    case GgufChange::Transposed:
      return View{true, 0, {tensor.shape.back()}, {1}};
    case GgufChange::QueryPairs:
    case GgufChange::KeyPairs:
    case GgufChange::SplitHeads: {
      if (heads < 1 || rows % (heads * parts) != 0) {
        fail(tensor, "found " + llvm::Twine(rows) +
                         " rows, expected a multiple of " + llvm::Twine(parts) +
                         " times its " + llvm::Twine(heads) + " heads");
        return std::nullopt;
      }
      int64_t channels = rows / heads / parts;
      if (change == GgufChange::SplitHeads)
        return View{
            false, 0, {heads, 3, channels}, {channels, heads * channels, 1}};
      return View{false, 0, {heads, 2, channels}, {2 * channels, 1, 2}};
    }
    default:
      return std::nullopt;
    }
  }

  /// Fills `copy` with the vector as Hugging Face stores it, if that differs.
  void undoVector(const GgufTensor &tensor, GgufChange change, TensorInfo &info,
                  std::vector<uint8_t> &copy) {
    bool plusOne = change == GgufChange::PlusOne;
    int64_t count = tensor.shape[0], width = getBytes(info.dtype);
    if (info.dtype != Dtype::F32 || (!plusOne && mainType == Dtype::F32))
      return;
    const uint8_t *stored = file->getData(tensor);
    std::vector<float> values(count);
    for (int64_t i = 0; i < count; ++i) {
      float value = widen(Dtype::F32, stored + i * width);
      values[i] = plusOne ? value - 1.0f : value;
      // Sums of one and a float give that float back, as far as it matters.
      if (plusOne && values[i] + 1.0f != value)
        return fail(tensor, "element " + llvm::Twine(i) +
                                " is not one plus a 32-bit float, which "
                                "Gemma's norms are in GGUF files");
    }
    // Vectors are stored as F32 whatever the model has.
    Dtype narrowed = mainType;
    uint8_t element[4];
    for (float value : values) {
      narrow(narrowed, value, element);
      if (widen(narrowed, element) != value)
        narrowed = Dtype::F32;
    }
    if (!plusOne && narrowed == Dtype::F32)
      return;
    info.dtype = narrowed;
    copy.resize(count * getBytes(narrowed));
    for (int64_t i = 0; i < count; ++i)
      narrow(narrowed, values[i], &copy[i * getBytes(narrowed)]);
  }

  void addTensor(const GgufTensor &tensor) {
    // Factors of rope are part of the configuration.
    if (llvm::StringRef(tensor.name).starts_with("rope_f"))
      return;
    auto translated = names.translate(tensor.name);
    TensorInfo info = *views->find(tensor.name);
    if (!translated) {
      problems.warning(file->getPath() + ": tensor '" + tensor.name +
                       "' is not used by the model");
      return;
    }
    auto [name, change] = *translated;
    Stored stored = {tensor.name, {}};
    if (change == GgufChange::Transposed && tensor.shape.size() != 2)
      return fail(tensor, "found shape " + describeShape(tensor.shape) +
                              ", expected a matrix");
    if (std::optional<View> view = findView(tensor, change)) {
      stored.name = "view of " + tensor.name;
      if (llvm::Error error =
              views->derive(stored.name, tensor.name, std::move(*view)))
        return problems.error(std::move(error));
      info = *views->find(stored.name);
    } else if (tensor.shape.size() == 1) {
      undoVector(tensor, change, info, stored.copy);
    }
    info.name = name;
    add(info);
    all.push_back(std::move(stored));
  }

  const GgufNames &names;
  Problems &problems;
  /// Owned by `views`.
  const GgufFile *file = nullptr;
  std::unique_ptr<DerivedSource> views;
  int64_t queryHeads = 1, keyHeads = 1;
  /// What the weights are stored as.
  Dtype mainType = Dtype::F32;
  /// In the order of `getTensors()`.
  std::vector<Stored> all;
};

} // namespace

std::unique_ptr<TensorSource> openGgufTensors(std::unique_ptr<GgufFile> file,
                                              Problems &problems) {
  Problems reported; // `readGgufConfig` reports it.
  const GgufNames *names = findGgufNames(*file, reported);
  if (!names)
    return nullptr;
  return std::make_unique<GgufTensors>(std::move(file), *names, problems);
}

} // namespace swage::import
