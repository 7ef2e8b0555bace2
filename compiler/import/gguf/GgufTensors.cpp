//===- GgufTensors.cpp - The weights of a GGUF file ----------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llama.cpp's converter reorders rows of some tensors, stacks the matrices of
// experts, adds one to the norms of Gemma, and stores vectors and some small
// matrices as F32. All of that is undone without loss while they are read.
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
      if (std::optional<Dtype> dtype = tensor.getDtype()) {
        llvm::SmallVector<int64_t, 2> shape(tensor.shape.begin(),
                                            tensor.shape.end());
        add({tensor.name, *dtype, shape, file->getPath()});
        data.push_back(file->getData(tensor));
      }
  }

  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t,
                      llvm::SmallVectorImpl<uint8_t> &) const override {
    return data[indexOf(tensor)] + tensor.getBytes(first);
  }

  const GgufFile &getFile() const { return *file; }

private:
  std::unique_ptr<GgufFile> file;
  std::vector<const uint8_t *> data;
};

/// Rows that are stored as all query heads, all key heads and all value heads,
/// read in groups of some query heads, a key head and a value head.
struct GroupedRows {
  /// How many groups; rows of a group's queries, and of a key or value head.
  int64_t groups, queries, keys;

  /// Where a row is stored, and how many from it on are neighbours there too.
  std::pair<int64_t, int64_t> map(int64_t row) const {
    int64_t stride = queries + 2 * keys;
    int64_t group = row / stride, at = row % stride;
    if (at < queries)
      return {group * queries + at, queries - at};
    at -= queries;
    int64_t part = at / keys;
    at %= keys;
    return {groups * (queries + part * keys) + group * keys + at, keys - at};
  }
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
    Problems reported; // By `readGgufConfig`.
    GgufKeys keys(*file, names.architecture.str() + ".", reported);
    int64_t layers = std::min<int64_t>(keys.size("block_count").value_or(1),
                                       file->getTensors().size());
    queryHeads = readHeads(keys, "attention.head_count", layers, {});
    keyHeads = readHeads(keys, "attention.head_count_kv", layers, queryHeads);
    experts = keys.size("expert_count").value_or(0);
    if (const GgufTensor *table = file->findTensor("token_embd.weight"))
      mainType = table->getDtype().value_or(Dtype::F32);
    // What vectors were before quantization cannot be told.
    if (getBlockElements(mainType) != 1)
      mainType = Dtype::F32;
    for (const GgufTensor &tensor : file->getTensors())
      addTensor(tensor);
  }

  const uint8_t *read(const TensorInfo &tensor, int64_t first, int64_t count,
                      llvm::SmallVectorImpl<uint8_t> &scratch) const override {
    const Stored &stored = all[indexOf(tensor)];
    const TensorInfo &source = *views->find(stored.name);
    const uint8_t *bytes =
        stored.rows ? readRows(source, *stored.rows, first, count, scratch)
                    : views->read(source, first, count, scratch);
    if (!stored.plusOne && tensor.dtype == source.dtype)
      return bytes;
    // All of these are F32. `bytes` may lie in `scratch`.
    int64_t width = tensor.getBytes(1);
    llvm::SmallVector<uint8_t, 0> values;
    values.resize_for_overwrite(count * width);
    for (int64_t i = 0; i < count; ++i)
      narrow(tensor.dtype, asStoredBefore(bytes + 4 * i, stored.plusOne),
             &values[i * width]);
    scratch = std::move(values);
    return scratch.data();
  }

  std::string describeName(llvm::StringRef name) const override {
    std::optional<std::string> stored = names.untranslate(name);
    return stored ? "'" + *stored + "' ('" + name.str() + "')"
                  : "'" + name.str() + "'";
  }

private:
  struct Stored {
    /// In `views`.
    std::string name;
    std::optional<GroupedRows> rows = std::nullopt;
    bool plusOne = false;
  };

  /// The heads of each layer.
  static std::vector<int64_t> readHeads(GgufKeys &keys, llvm::StringRef key,
                                        int64_t layers,
                                        std::vector<int64_t> whenAbsent) {
    std::vector<int64_t> heads = keys.layerSizes(key, layers);
    if (heads.empty() && keys.find(key))
      heads.assign(layers, keys.size(key).value_or(1));
    return heads.empty() ? std::move(whenAbsent) : heads;
  }

  /// Those of the layer that a tensor belongs to.
  static int64_t getHeads(llvm::ArrayRef<int64_t> heads,
                          const GgufTensor &tensor) {
    llvm::StringRef name = tensor.name;
    unsigned layer = 0;
    if (name.consume_front("blk."))
      name.consumeInteger(10, layer);
    return layer < heads.size() ? heads[layer] : 1;
  }

  void fail(const GgufTensor &tensor, const llvm::Twine &message) {
    problems.error(file->getPath() + ": tensor '" + tensor.name +
                   "': " + message);
  }

  /// Names the first tensor of each type that is not supported.
  void refuseEncodings(const GgufFile &opened) {
    std::map<uint32_t, std::pair<const GgufTensor *, int64_t>> found;
    for (const GgufTensor &tensor : opened.getTensors())
      if (!tensor.getDtype()) {
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
          ", this version supports F32, F16, BF16 and the quantized types but "
          "for Q8_1, Q8_K, Q1_0 and Q2_0; quantize the model to one of them");
    }
  }

  // ---- Reading --------------------------------------------------------------

  /// The value of an F32 element before one was added to it.
  static float asStoredBefore(const uint8_t *element, bool plusOne) {
    float value = widen(Dtype::F32, element);
    return plusOne ? value - 1.0f : value;
  }

  const uint8_t *readRows(const TensorInfo &source, const GroupedRows &rows,
                          int64_t first, int64_t count,
                          llvm::SmallVectorImpl<uint8_t> &scratch) const {
    int64_t columns = source.shape.size() > 1 ? source.shape[1] : 1;
    llvm::SmallVector<uint8_t, 0> unused;
    scratch.resize_for_overwrite(source.getBytes(count));
    for (int64_t done = 0; done < count;) {
      int64_t column = (first + done) % columns;
      auto [row, neighbours] = rows.map((first + done) / columns);
      int64_t run = std::min(neighbours * columns - column, count - done);
      std::memcpy(scratch.data() + source.getBytes(done),
                  views->read(source, row * columns + column, run, unused),
                  source.getBytes(run));
      done += run;
    }
    return scratch.data();
  }

  // ---- Translation ----------------------------------------------------------

  /// The view that makes rows of a tensor what Hugging Face has.
  std::optional<View> findView(const GgufTensor &tensor, GgufChange change) {
    int64_t rows = tensor.shape[0];
    int64_t heads = getHeads(
        change == GgufChange::KeyPairs ? keyHeads : queryHeads, tensor);
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

  /// The groups that the fused rows of queries, keys and values are in.
  std::optional<GroupedRows> findGroups(const GgufTensor &tensor) {
    int64_t rows = tensor.shape[0], groups = getHeads(keyHeads, tensor);
    int64_t queries = getHeads(queryHeads, tensor);
    int64_t heads = queries + 2 * groups;
    if (groups < 1 || queries % groups != 0 || rows % heads != 0) {
      fail(tensor, "found " + llvm::Twine(rows) +
                       " rows, expected a multiple of its " +
                       llvm::Twine(heads) +
                       " heads of queries, keys and "
                       "values, which form " +
                       llvm::Twine(groups) + " groups");
      return std::nullopt;
    }
    int64_t channels = rows / heads;
    return GroupedRows{groups, queries / groups * channels, channels};
  }

  /// The type that a tensor had before it was stored, `dtype` if that is all
  /// that is known: vectors and some matrices are stored as F32 whatever the
  /// model has.
  Dtype findDtype(const Stored &stored, const TensorInfo &source) {
    constexpr int64_t kBlock = 4096;
    if (source.dtype != Dtype::F32 || mainType == Dtype::F32)
      return source.dtype;
    llvm::SmallVector<uint8_t, 0> scratch;
    uint8_t element[4];
    int64_t count = source.getNumElements();
    for (int64_t first = 0; first < count; first += kBlock) {
      int64_t block = std::min(kBlock, count - first);
      const uint8_t *bytes = views->read(source, first, block, scratch);
      for (int64_t i = 0; i < block; ++i) {
        float value = asStoredBefore(bytes + 4 * i, stored.plusOne);
        narrow(mainType, value, element);
        if (widen(mainType, element) != value)
          return Dtype::F32;
      }
    }
    return mainType;
  }

  /// Sums of one and a float give that float back, as far as it matters.
  void checkPlusOne(const GgufTensor &tensor) {
    for (int64_t i = 0; i < tensor.shape[0]; ++i) {
      const uint8_t *element = file->getData(tensor) + 4 * i;
      if (asStoredBefore(element, true) + 1.0f != widen(Dtype::F32, element))
        return fail(tensor, "element " + llvm::Twine(i) +
                                " is not one plus a 32-bit float, which "
                                "Gemma's norms are in GGUF files");
    }
  }

  /// Adds the tensor `stored` of `views` under the name `name`.
  void addStored(const GgufTensor &tensor, llvm::StringRef name,
                 Stored stored) {
    const TensorInfo &source = *views->find(stored.name);
    TensorInfo info = source;
    info.dtype = findDtype(stored, source);
    info.name = name.str();
    if (!add(std::move(info)))
      return fail(tensor, "there are two tensors for '" + name + "'");
    all.push_back(std::move(stored));
  }

  void addView(const GgufTensor &tensor, llvm::StringRef name, View view) {
    Stored stored = {("view of " + tensor.name + " as " + name).str()};
    if (llvm::Error error =
            views->derive(stored.name, tensor.name, std::move(view)))
      return problems.error(std::move(error));
    addStored(tensor, name, std::move(stored));
  }

  /// Adds the matrix of each expert.
  void addExperts(const GgufTensor &tensor, llvm::StringRef pattern) {
    if (tensor.shape.size() != 3 || tensor.shape[0] != experts)
      return fail(tensor, "found shape " + describeShape(tensor.shape) +
                              ", expected three dimensions, of which the first "
                              "is the number of experts, " +
                              llvm::Twine(experts));
    int64_t rows = tensor.shape[1];
    for (int64_t expert = 0; expert < experts; ++expert)
      addView(tensor, nameExpert(pattern, expert),
              View::slice(expert * rows, rows));
  }

  void addTensor(const GgufTensor &tensor) {
    // Factors of rope are part of the configuration.
    if (llvm::StringRef(tensor.name).starts_with("rope_f"))
      return;
    auto translated = names.translate(tensor.name);
    if (!translated) {
      // A factor of all elements of a tensor, which NVFP4 may have.
      if (llvm::StringRef(tensor.name).ends_with(".scale"))
        return fail(tensor, "a scale of a whole tensor is not supported; "
                            "quantize the model to a type without it");
      problems.warning(file->getPath() + ": tensor '" + tensor.name +
                       "' is not used by the model");
      return;
    }
    auto [name, change] = *translated;
    size_t rank = change == GgufChange::Experts ? 3 : 2;
    if (std::optional<Dtype> dtype = tensor.getDtype();
        dtype && getBlockElements(*dtype) != 1 && tensor.shape.size() != rank)
      return fail(tensor, "found shape " + describeShape(tensor.shape) + " " +
                              tensor.getTypeName() +
                              "; only matrices can be quantized");
    Stored stored = {tensor.name};
    switch (change) {
    case GgufChange::Experts:
      return addExperts(tensor, name);
    case GgufChange::Transposed:
      if (tensor.shape.size() != 2)
        return fail(tensor, "found shape " + describeShape(tensor.shape) +
                                ", expected a matrix");
      break;
    case GgufChange::SplitGroups:
      // A single group is in that order anyway.
      if (getHeads(keyHeads, tensor) != 1)
        stored.rows = findGroups(tensor);
      break;
    case GgufChange::PlusOne:
      if (tensor.getDtype() != Dtype::F32 || tensor.shape.size() != 1)
        return fail(tensor, "found shape " + describeShape(tensor.shape) + " " +
                                tensor.getTypeName() +
                                ", expected a vector of F32");
      checkPlusOne(tensor);
      stored.plusOne = true;
      break;
    default:
      break;
    }
    if (std::optional<View> view = findView(tensor, change))
      addView(tensor, name, std::move(*view));
    else
      addStored(tensor, name, std::move(stored));
  }

  const GgufNames &names;
  Problems &problems;
  /// Owned by `views`.
  const GgufFile *file = nullptr;
  std::unique_ptr<DerivedSource> views;
  /// Of each layer.
  std::vector<int64_t> queryHeads, keyHeads;
  int64_t experts = 0;
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
