//===- Diff.cpp - Where two runs of a model part --------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Diff.h"
#include "compiler/golden/Calls.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Generate.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <set>

using namespace swage;
using namespace swage::cli;

DiffSide::DiffSide(const std::string &path, const DeviceChoice &device)
    : model(loadArtifact(path, device)), view(path),
      weights(view, swage_device_driver(model.device.get())) {}

namespace {

/// Runs windows on both sides and pairs what they compute.
class Comparison {
public:
  Comparison(DiffSide &first, DiffSide &second, const DiffOptions &options)
      : sides{&first, &second}, options(options) {}

  DiffResult run(const std::vector<int32_t> &tokens);

private:
  /// A tensor's name, what it is, and how many of both there were before.
  using Key = std::tuple<std::string, std::string, size_t>;

  void checkModels() const;
  void checkLayers() const;
  void openSessions(size_t tokens);
  void runCall(size_t side, Sequence sequence, llvm::ArrayRef<int32_t> tokens);
  void take(size_t side, Tensor tensor);
  void compare(const Key &key, const Tensor &first, const Tensor &second);
  void endCall();

  DiffSide *sides[2];
  const DiffOptions &options;
  uint32_t context = 0, chunk = 0;

  // Of the call under way.
  std::map<Key, Tensor> pending;
  std::map<std::pair<std::string, std::string>, size_t> seen[2];

  // Of all calls.
  std::map<Key, size_t> indices;
  std::vector<Key> order;
  std::set<std::string> unmatched[2], layers[2];
  DiffResult result;
};

} // namespace

void Comparison::checkModels() const {
  const swage_module_info_t &a = sides[0]->model.module.info(),
                            &b = sides[1]->model.module.info();
  std::string what;
  if (llvm::StringRef(a.architecture) != b.architecture)
    what = std::string("architecture ") + a.architecture + " and " +
           b.architecture;
  else if (a.vocab_size != b.vocab_size)
    what = "vocabularies of " + std::to_string(a.vocab_size) + " and " +
           std::to_string(b.vocab_size) + " ids";
  else if (sides[0]->session.info().whole_sequences !=
           sides[1]->session.info().whole_sequences)
    what = "entry points that encode texts and that continue them";
  if (!what.empty())
    failWork(sides[0]->model.path + " and " + sides[1]->model.path + " have " +
             what + "; diff compares artifacts of one model");
}

/// The layers that one side has and the other does not.
void Comparison::checkLayers() const {
  for (size_t side : {0, 1}) {
    std::vector<std::string> more;
    for (const std::string &layer : layers[side])
      if (!layers[1 - side].count(layer))
        more.push_back(layer);
    if (!more.empty())
      failWork(sides[side]->model.path + " has " + llvm::Twine(more.size()) +
               " layers that " + sides[1 - side]->model.path +
               " does not have, the first is " + more.front() +
               "; diff compares artifacts of one model");
  }
  if (result.tensors.empty())
    failWork("no tensor has the same name in both artifacts; diff compares "
             "artifacts of one model, compiled by this version or a later "
             "one");
}

void Comparison::openSessions(size_t tokens) {
  context = uint32_t(
      std::min<size_t>(options.context ? options.context : UINT32_MAX, tokens));
  for (DiffSide *side : sides)
    context = std::min(context, side->model.module.info().max_positions);
  chunk = options.chunk ? std::min(options.chunk, context) : context;
  for (DiffSide *side : sides) {
    SessionOptions settings;
    settings.context = context;
    settings.max_rows = settings.max_logit_rows = chunk;
    side->session = createSession(side->model, settings, options.session);
  }
}

/// Computes one call's tokens, with all results.
void Comparison::runCall(size_t side, Sequence sequence,
                         llvm::ArrayRef<int32_t> tokens) {
  Session &session = sides[side]->session;
  TensorTrace trace(session, sides[side]->weights,
                    [&](Tensor tensor) { take(side, std::move(tensor)); });
  Status status;
  if (session.info().whole_sequences)
    golden::encodeText(session, tokens, status);
  else
    golden::forwardAll(session, sequence, tokens, status);
  check(status, sides[side]->model.path);
}

void Comparison::take(size_t side, Tensor tensor) {
  if (llvm::StringRef layer = layerOf(tensor.name); !layer.empty())
    layers[side].insert(layer.str());
  size_t &number = seen[side][{tensor.name, tensor.operation}];
  Key key = {tensor.name, tensor.operation, number++};
  if (side == 0) {
    if (indices.try_emplace(key, order.size()).second)
      order.push_back(key);
    pending.emplace(std::move(key), std::move(tensor));
    return;
  }
  auto first = pending.find(key);
  if (first == pending.end()) {
    unmatched[1].insert(tensor.name + " (" + tensor.operation + ")");
    return;
  }
  compare(key, first->second, tensor);
  pending.erase(first);
}

void Comparison::compare(const Key &key, const Tensor &first,
                         const Tensor &second) {
  if (first.rows != second.rows || first.columns != second.columns)
    failWork(first.name + " (" + first.operation + ") has the shape " +
             llvm::Twine(first.rows) + " x " + llvm::Twine(first.columns) +
             " in " + sides[0]->model.path + " and " +
             llvm::Twine(second.rows) + " x " + llvm::Twine(second.columns) +
             " in " + sides[1]->model.path +
             "; diff compares artifacts of one model");
  if (result.tensors.size() < order.size())
    result.tensors.resize(order.size());
  TensorDiff &diff = result.tensors[indices.at(key)];
  if (diff.name.empty())
    diff = {first.name,
            first.operation,
            {first.dispatch, second.dispatch},
            {first.kernel, second.kernel},
            first.columns,
            {}};
  diff.deviation.add(second.values, first.values);
}

void Comparison::endCall() {
  for (const auto &[key, tensor] : pending)
    unmatched[0].insert(tensor.name + " (" + tensor.operation + ")");
  pending.clear();
  seen[0].clear();
  seen[1].clear();
}

DiffResult Comparison::run(const std::vector<int32_t> &tokens) {
  openSessions(tokens.size());
  checkModels();
  bool encodes = sides[0]->session.info().whole_sequences;
  if (encodes)
    chunk = context;
  size_t windows = llvm::divideCeil(tokens.size(), context);
  if (options.windows)
    windows = std::min<size_t>(windows, options.windows);
  Progress progress("diff");
  for (size_t window = 0; window < windows; ++window) {
    progress.update("windows", window, windows,
                    std::to_string(window) + " of " + std::to_string(windows));
    Sequence sequences[2] = {};
    Status status;
    for (size_t side : {0, 1}) {
      sides[side]->session.reset();
      if (!encodes)
        sequences[side] = sides[side]->session.createSequence(status);
    }
    // The last window may be shorter, and so may its last call.
    llvm::ArrayRef<int32_t> rest =
        llvm::ArrayRef(tokens).drop_front(window * context).take_front(context);
    for (; !rest.empty();
         rest = rest.drop_front(std::min(rest.size(), size_t(chunk)))) {
      llvm::ArrayRef<int32_t> part = rest.take_front(chunk);
      for (size_t side : {0, 1})
        runCall(side, sequences[side], part);
      endCall();
      result.tokens += part.size();
    }
  }
  checkLayers();
  llvm::erase_if(result.tensors,
                 [](const TensorDiff &diff) { return diff.name.empty(); });
  for (size_t side : {0, 1})
    result.unmatched[side].assign(unmatched[side].begin(),
                                  unmatched[side].end());
  return std::move(result);
}

std::vector<LayerDiff> cli::byLayer(const DiffResult &result) {
  std::vector<LayerDiff> layers;
  for (size_t begin = 0, end; begin < result.tensors.size(); begin = end) {
    llvm::StringRef layer = layerOf(result.tensors[begin].name);
    end = begin + 1;
    while (!layer.empty() && end < result.tensors.size() &&
           layerOf(result.tensors[end].name) == layer)
      ++end;
    llvm::ArrayRef<TensorDiff> tensors =
        llvm::ArrayRef(result.tensors).slice(begin, end - begin);
    const TensorDiff *worst = std::max_element(
        tensors.begin(), tensors.end(),
        [](const TensorDiff &a, const TensorDiff &b) {
          return a.deviation.relativeRms() < b.deviation.relativeRms();
        });
    layers.push_back({layer.empty() ? tensors.front().name : layer.str(),
                      &tensors.back(), worst});
  }
  return layers;
}

void cli::printLayers(const DiffResult &result) {
  llvm::outs() << "layer                      output: max error  relative rms"
                  "   worst tensor\n";
  for (const LayerDiff &layer : byLayer(result)) {
    const Deviation &output = layer.output->deviation;
    llvm::outs() << llvm::format("%-32s %11.3g  %12.3g   %.3g in ",
                                 layer.name.c_str(), output.maxError,
                                 output.relativeRms(),
                                 layer.worst->deviation.relativeRms())
                 << layer.worst->name << '\n';
  }
}

DiffResult cli::diff(DiffSide &first, DiffSide &second,
                     const DiffOptions &options,
                     const std::vector<int32_t> &tokens) {
  return Comparison(first, second, options).run(tokens);
}
