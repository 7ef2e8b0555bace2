//===- DiffCommand.cpp - swage diff ---------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Diff.h"
#include "compiler/tools/swage/TokenInput.h"
#include "compiler/tools/swage/Validators.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>

using namespace swage;
using namespace swage::cli;
using llvm::json::Array;
using llvm::json::Object;

namespace {

struct DiffCall {
  std::string sides[2], text, tokens;
  DeviceChoice device;
  /// 0: what suits the input.
  uint32_t context = 0;
  std::optional<uint32_t> windows;
  DiffOptions options;
  double tolerance = 0;
  bool perLayer = false, json = false;
};

/// The path and the device of one side.
struct SideName {
  std::string path;
  DeviceChoice device;
};

/// A weight that the dispatch reads that is the first to differ.
struct ReadWeight {
  std::string name;
  bool sameBytes;
};

} // namespace

/// Splits `A.swg[@device[:threads]]`.
static SideName parseSide(const std::string &text, const DeviceChoice &device) {
  SideName side = {text, device};
  size_t at = text.rfind('@');
  if (at == std::string::npos || llvm::sys::fs::exists(text))
    return side;
  auto [name, threads] = llvm::StringRef(text).substr(at + 1).split(':');
  side.path = text.substr(0, at);
  if (name != "cpu")
    failCall(text + ": there is no device '" + name +
             "'; this version has cpu");
  side.device.device = name.str();
  if (text.find(':', at) != std::string::npos &&
      (threads.getAsInteger(10, side.device.threads) ||
       side.device.threads < 1 || side.device.threads > 1024))
    failCall(text + ": '" + threads +
             "' is not a number of threads from 1 to "
             "1024; write " +
             side.path + "@cpu:2");
  return side;
}

static bool differs(const TensorDiff &diff, double tolerance) {
  return tolerance > 0 ? !(diff.deviation.relativeRms() <= tolerance)
                       : !diff.deviation.sameBits();
}

/// The weights that both sides read for a tensor, by name.
static std::vector<ReadWeight> compareWeights(const DiffSide &first,
                                              const DiffSide &second,
                                              const TensorDiff &diff) {
  std::vector<ReadWeight> read;
  for (const schema::Weight *a :
       first.weights.of(diff.dispatches[0], diff.kernels[0]))
    for (const schema::Weight *b :
         second.weights.of(diff.dispatches[1], diff.kernels[1]))
      if (text(a->name()) == text(b->name()))
        read.push_back({text(a->name()), first.view.weightBytes(*a) ==
                                             second.view.weightBytes(*b)});
  return read;
}

static Object toJson(const TensorDiff &diff) {
  const Deviation &deviation = diff.deviation;
  return Object{{"tensor", diff.name},
                {"layer", layerOf(diff.name).str()},
                {"operation", diff.operation},
                {"kernels", Array{diff.kernels[0], diff.kernels[1]}},
                {"same_bits", deviation.sameBits()},
                {"values", int64_t(deviation.count)},
                {"differing", int64_t(deviation.differing)},
                {"max_error", jsonNumber(deviation.maxError)},
                {"relative_rms", jsonNumber(deviation.relativeRms())}};
}

/// What differs first, in full.
static Object toJson(const TensorDiff &diff,
                     llvm::ArrayRef<ReadWeight> weights) {
  Object object = toJson(diff);
  const Deviation &deviation = diff.deviation;
  object["row"] = int64_t(deviation.worst / diff.columns);
  object["column"] = int64_t(deviation.worst % diff.columns);
  object["first"] = jsonNumber(deviation.worstWanted);
  object["second"] = jsonNumber(deviation.worstFound);
  Array list;
  for (const ReadWeight &weight : weights)
    list.push_back(
        Object{{"name", weight.name}, {"same_bytes", weight.sameBytes}});
  object["weights"] = std::move(list);
  return object;
}

static void printFirst(const TensorDiff &diff,
                       llvm::ArrayRef<ReadWeight> weights) {
  const Deviation &deviation = diff.deviation;
  llvm::outs() << "first difference: " << diff.name << " (" << diff.operation
               << ")\n"
               << "  " << deviation.differing << " of " << deviation.count
               << " values differ, the most in row "
               << deviation.worst / diff.columns << ", column "
               << deviation.worst % diff.columns << ": "
               << llvm::format("%.9g and %.9g\n", double(deviation.worstWanted),
                               double(deviation.worstFound))
               << llvm::format("  greatest error %.3g, relative rms %.3g\n",
                               deviation.maxError, deviation.relativeRms());
  for (const ReadWeight &weight : weights)
    llvm::outs() << "  weight " << weight.name
                 << (weight.sameBytes ? ": same bytes\n" : ": other bytes\n");
}

static std::vector<int32_t> readInput(const DiffCall &call,
                                      const Model &model) {
  if (call.text.empty() == call.tokens.empty())
    failCall("pass one of --text and --tokens, which both artifacts compute");
  if (!call.text.empty())
    return readTokens(model, call.text);
  std::vector<int32_t> tokens = parseTokens(call.tokens);
  model.checkTokens(tokens, "--tokens");
  return tokens;
}

static void printJson(const DiffCall &call, const DiffResult &result,
                      const TensorDiff *first,
                      llvm::ArrayRef<ReadWeight> weights) {
  Object object{{"tokens", int64_t(result.tokens)},
                {"tensors", int64_t(result.tensors.size())},
                {"same_bits", llvm::all_of(result.tensors,
                                           [](const TensorDiff &diff) {
                                             return diff.deviation.sameBits();
                                           })},
                {"first_difference", nullptr},
                {"only_in_first", Array(result.unmatched[0])},
                {"only_in_second", Array(result.unmatched[1])}};
  if (first)
    object["first_difference"] = toJson(*first, weights);
  if (call.perLayer) {
    Array list;
    for (const TensorDiff &diff : result.tensors)
      list.push_back(toJson(diff));
    object["per_layer"] = std::move(list);
  }
  cli::printJson(std::move(object));
}

static void run(const DiffCall &call) {
  SideName names[2] = {parseSide(call.sides[0], call.device),
                       parseSide(call.sides[1], call.device)};
  DiffSide first(names[0].path, names[0].device),
      second(names[1].path, names[1].device);
  std::vector<int32_t> tokens =
      readInput(call, first.model.tokenizer ? first.model : second.model);
  if (tokens.empty())
    failWork(call.text + " has no token");
  DiffOptions options = call.options;
  options.context = call.context ? call.context : call.text.empty() ? 0 : 128;
  options.windows = call.windows.value_or(call.text.empty() ? 0 : 1);
  DiffResult result = diff(first, second, options, tokens);

  auto found = llvm::find_if(result.tensors, [&](const TensorDiff &diff) {
    return differs(diff, call.tolerance);
  });
  const TensorDiff *start = found == result.tensors.end() ? nullptr : &*found;
  std::vector<ReadWeight> weights;
  if (start)
    weights = compareWeights(first, second, *start);
  if (call.json) {
    printJson(call, result, start, weights);
  } else {
    for (const std::string *side : {&call.sides[0], &call.sides[1]}) {
      const Model &model = side == &call.sides[0] ? first.model : second.model;
      llvm::outs() << *side << ": " << model.module.info().target << ", "
                   << model.device.threads() << " threads\n";
    }
    llvm::outs() << result.tokens << " tokens, " << result.tensors.size()
                 << " tensors";
    if (size_t rest = result.unmatched[0].size() + result.unmatched[1].size())
      llvm::outs() << " (" << rest << " more in one of the two only)";
    llvm::outs() << (start ? "\n" : ": same bits\n");
    if (start)
      printFirst(*start, weights);
    if (call.perLayer)
      printLayers(result);
  }
  llvm::outs().flush();
  // A table of errors is what --per-layer is asked for, not a failure.
  if (start && !call.perLayer)
    failWork(call.sides[0] + " and " + call.sides[1] + " differ from " +
             start->name + " on");
}

void cli::addDiffCommand(CLI::App &app) {
  auto call = std::make_shared<DiffCall>();
  CLI::App &command = *app.add_subcommand(
      "diff", "Find the first layer where two artifacts or devices differ");
  command
      .add_option("A.swg[@device[:threads]]", call->sides[0],
                  "What is right, and what runs it")
      ->required();
  command
      .add_option("B.swg[@device[:threads]]", call->sides[1],
                  "What is compared with it")
      ->required();
  command.add_option("--text", call->text, "What both compute, in UTF-8")
      ->type_name("FILE");
  command
      .add_option("--tokens", call->tokens,
                  "The same as ids, for models without a tokenizer")
      ->type_name("1,2,3");
  command
      .add_option("--context", call->context,
                  "Tokens of a window (default: 128 of --text, all of --tokens "
                  "that the model has positions for)")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--windows", call->windows,
                  "Windows to compute; 0: all (default: 1 of --text, all of "
                  "--tokens)")
      ->type_name("N");
  command
      .add_option("--chunk", call->options.chunk,
                  "Tokens in one call; 1 compares decoding (default: all of a "
                  "window)")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 20));
  command
      .add_option("--tolerance", call->tolerance,
                  "Relative root mean square error from which on a tensor "
                  "differs; 0: from the first bit")
      ->type_name("F")
      ->check(numberFrom(0, 1e6))
      ->capture_default_str();
  command.add_flag("--per-layer", call->perLayer,
                   "Show how errors grow from layer to layer; the exit status "
                   "is then 0");
  call->options.session.addTo(command);
  call->device.addTo(command);
  addJsonFlag(command, call->json);
  command.footer(
      "Examples:\n"
      "  swage diff old.swg new.swg --text wiki.txt\n"
      "  swage diff llama.swg@cpu:1 llama.swg@cpu:8 --text wiki.txt\n"
      "  swage diff exact.swg bf16.swg --text wiki.txt --per-layer\n"
      "  swage diff a.swg b.swg --tokens 1,2,3 --chunk 1 --json\n"
      "Exit status 1 if a tensor differs.");
  command.callback([call] { run(*call); });
}
