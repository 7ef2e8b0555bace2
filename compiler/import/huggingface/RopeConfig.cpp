//===- RopeConfig.cpp - Rotary parameters, old and new keys --------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The same facts stand in `rope_parameters` (transformers 5) or in `rope_theta`
// and `rope_scaling` (before), whose kind is `rope_type` or, still older,
// `type`. Checkpoints with several of them exist.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Json.h"
#include "compiler/import/huggingface/DecoderConfig.h"
#include "compiler/weights/PortableMath.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include <cmath>

using nlohmann::json;
using namespace swage::transformer;

namespace swage::import {

static mlir::DenseF64ArrayAttr toAttr(mlir::MLIRContext *context,
                                      llvm::ArrayRef<double> values) {
  return values.empty() ? mlir::DenseF64ArrayAttr()
                        : mlir::DenseF64ArrayAttr::get(context, values);
}

RopeAttr RopeConfig::getAttr(mlir::MLIRContext *context) const {
  return RopeAttr::get(
      context, dims, llvm::APFloat(theta), scaling, llvm::APFloat(factor),
      llvm::APFloat(lowFreqFactor), llvm::APFloat(highFreqFactor),
      originalMaxPositions, llvm::APFloat(attentionFactor),
      llvm::APFloat(betaFast), llvm::APFloat(betaSlow), truncate,
      toAttr(context, shortFactors), toAttr(context, longFactors), lengths);
}

namespace {

/// Where the rotary parameters of some layers stand.
struct RopePlaces {
  std::string parametersPath;
  const json *parameters;
  const json *scaling;
  /// Keys of the config itself that state theta.
  std::vector<const char *> thetaKeys;
};

class RopeReader {
public:
  RopeReader(ConfigReader &reader, DecoderConfig &config, RopePlaces places,
             const RopeKeys &keys)
      : reader(reader), config(config), places(std::move(places)), keys(keys),
        parameters(this->places.parameters), scaling(this->places.scaling) {}

  RopeConfig read() {
    RopeConfig rope;
    refuseUnknownKeys(places.parametersPath, parameters);
    refuseUnknownKeys("rope_scaling", scaling);
    rope.dims = readDims();
    rope.theta = keys.theta;
    if (auto theta = state("rope_theta", places.thetaKeys))
      rope.theta = reader.asNumber(*theta).value_or(rope.theta);
    rope.scaling = readKind();
    switch (rope.scaling) {
    case RopeScaling::None:
      break;
    case RopeScaling::Linear:
      rope.factor = readNumber("factor", 1.0);
      break;
    case RopeScaling::Llama3:
      rope.factor = readNumber("factor", 1.0);
      readLlama3(rope);
      break;
    case RopeScaling::Dynamic:
      rope.factor = readNumber("factor", 1.0);
      readDynamic(rope);
      break;
    case RopeScaling::Yarn:
      readYarn(rope);
      break;
    case RopeScaling::Longrope:
      readLongrope(rope);
      break;
    }
    return rope;
  }

private:
  using Statement = ConfigReader::Statement;

  static const json *member(const json *object, const char *key) {
    if (!object)
      return nullptr;
    auto found = object->find(key);
    return found == object->end() ? nullptr : &*found;
  }

  /// What the config says of `key`, wherever it says it; outside of the rotary
  /// objects, under the names `outside`.
  std::optional<Statement> state(const char *key,
                                 llvm::ArrayRef<const char *> outside = {}) {
    std::vector<Statement> statements = {
        {places.parametersPath + "." + key, member(parameters, key)},
        {std::string("rope_scaling.") + key, member(scaling, key)}};
    for (const char *name : outside)
      statements.push_back({name, reader.find(name)});
    return reader.reconcile(statements);
  }

  void refuseUnknownKeys(const std::string &path, const json *object) {
    static constexpr llvm::StringLiteral kKnown[] = {
        "rope_theta",
        "rope_type",
        "type",
        "factor",
        "low_freq_factor",
        "high_freq_factor",
        "original_max_position_embeddings",
        "attention_factor",
        "beta_fast",
        "beta_slow",
        "mscale",
        "mscale_all_dim",
        "truncate",
        "short_factor",
        "long_factor"};
    if (!object)
      return;
    for (const auto &[key, value] : object->items())
      if (!llvm::is_contained(kKnown, key) && !value.is_null() &&
          !(key == "partial_rotary_factor" &&
            (keys.partialKey || value == 1.0)))
        reader.error(llvm::Twine(path) + "." + key + ": found " +
                     describeJson(value) +
                     ", which is not supported; supported are " +
                     llvm::join(std::begin(kKnown), std::end(kKnown), ", "));
  }

  /// The rotated channels of each head.
  int64_t readDims() {
    double part = keys.partialFactor;
    if (keys.partialKey)
      if (auto stated = state("partial_rotary_factor", {keys.partialKey}))
        part = reader.asNumber(*stated).value_or(part);
    auto dims = int64_t(double(config.headDim) * std::min(part, 1.0));
    if (part > 1)
      reader.error(llvm::Twine(keys.partialKey) + ": found " +
                   describeJson(part) + ", expected at most 1");
    else if (dims == 0 || dims % 2 != 0)
      reader.error("head_dim: found " + llvm::Twine(config.headDim) +
                   (part == 1 ? ""
                              : ", of which " + llvm::Twine(dims) +
                                    " channels are rotated") +
                   ", expected an even number, as rope rotates pairs");
    return dims;
  }

  RopeScaling readKind() {
    auto kind = reader.reconcile(
        {{places.parametersPath + ".rope_type",
          member(parameters, "rope_type")},
         {places.parametersPath + ".type", member(parameters, "type")},
         {"rope_scaling.rope_type", member(scaling, "rope_type")},
         {"rope_scaling.type", member(scaling, "type")}});
    if (!kind) {
      if (scaling && !scaling->empty())
        reader.error("rope_scaling: found " + describeJson(*scaling) +
                     ", expected a rope_type in it");
      return RopeScaling::None;
    }
    std::optional<std::string> name = reader.asString(*kind);
    if (!name)
      return RopeScaling::None;
    if (keys.olderLongrope && (*name == "su" || *name == "yarn"))
      return RopeScaling::Longrope;
    auto value = llvm::StringSwitch<std::optional<RopeScaling>>(*name)
                     .Case("default", RopeScaling::None)
                     .Case("linear", RopeScaling::Linear)
                     .Case("llama3", RopeScaling::Llama3)
                     .Case("dynamic", RopeScaling::Dynamic)
                     .Case("yarn", RopeScaling::Yarn)
                     .Case("longrope", RopeScaling::Longrope)
                     .Default(std::nullopt);
    if (!value)
      reader.error(kind->path + ": found \"" + *name +
                   "\", supported are default, linear, dynamic, yarn, "
                   "longrope and llama3");
    return value.value_or(RopeScaling::None);
  }

  double readNumber(const char *key, double whenWrong) {
    if (auto value = state(key))
      return reader.asNumber(*value).value_or(whenWrong);
    reportMissing(key);
    return whenWrong;
  }

  void readLlama3(RopeConfig &rope) {
    rope.lowFreqFactor = readNumber("low_freq_factor", 1.0);
    rope.highFreqFactor = readNumber("high_freq_factor", 2.0);
    rope.originalMaxPositions = 1;
    constexpr const char *kOriginal = "original_max_position_embeddings";
    if (auto value = state(kOriginal, {kOriginal}))
      rope.originalMaxPositions = reader.asSize(*value).value_or(1);
    else
      reportMissing(kOriginal);
    if (rope.highFreqFactor <= rope.lowFreqFactor)
      reader.error("high_freq_factor: found " +
                   describeJson(rope.highFreqFactor) +
                   ", expected more than low_freq_factor, which is " +
                   describeJson(rope.lowFreqFactor));
  }

  std::optional<double> readOptional(const char *key) {
    if (auto value = state(key))
      return reader.asNumber(*value);
    return std::nullopt;
  }

  /// The context that the model was first trained for.
  int64_t readOriginal() {
    constexpr const char *kOriginal = "original_max_position_embeddings";
    int64_t absent = keys.originalMaxPositions ? keys.originalMaxPositions
                                               : config.maxPositions;
    if (auto value = state(kOriginal, {kOriginal}))
      return reader.asSize(*value).value_or(absent);
    return absent;
  }

  /// A multiple of the original context that the model is made for.
  void raiseMaxPositions(const RopeConfig &rope) {
    double positions = std::floor(rope.originalMaxPositions * rope.factor);
    if (positions > INT32_MAX)
      reader.error("factor: found " + describeJson(rope.factor) +
                   ", expected at most 2147483647 positions, which are a "
                   "multiple of " +
                   llvm::Twine(rope.originalMaxPositions) + " by it");
    else
      config.maxPositions = std::max(config.maxPositions, int64_t(positions));
  }

  /// The base depends on each sequence's length, but tables are made when the
  /// model is compiled: one for each doubling of the original context.
  void readDynamic(RopeConfig &rope) {
    rope.originalMaxPositions = config.maxPositions;
    raiseMaxPositions(rope);
    for (int64_t length = rope.originalMaxPositions;
         length < config.maxPositions; length *= 2)
      rope.lengths.push_back(length);
    rope.lengths.push_back(config.maxPositions);
    if (rope.dims == 2)
      reader.error("head_dim: found 2 rotated channels, expected more with "
                   "rope_type dynamic");
  }

  void readYarn(RopeConfig &rope) {
    rope.originalMaxPositions = readOriginal();
    rope.factor = readOptional("factor").value_or(double(config.maxPositions) /
                                                  rope.originalMaxPositions);
    rope.betaFast = readOptional("beta_fast").value_or(32);
    rope.betaSlow = readOptional("beta_slow").value_or(1);
    if (rope.betaFast < rope.betaSlow)
      reader.error("beta_fast: found " + describeJson(rope.betaFast) +
                   ", expected at least beta_slow, which is " +
                   describeJson(rope.betaSlow));
    if (auto value = state("truncate")) {
      if (value->value->is_boolean())
        rope.truncate = value->value->get<bool>();
      else
        reader.unexpected(*value, "true or false");
    }
    auto scale = [&](double weight) {
      return rope.factor <= 1
                 ? 1.0
                 : 0.1 * weight * weights::portableLog(rope.factor) + 1;
    };
    std::optional<double> some = readOptional("mscale"),
                          all = readOptional("mscale_all_dim");
    rope.attentionFactor =
        readOptional("attention_factor")
            .value_or(some && all ? scale(*some) / scale(*all) : scale(1));
    raiseMaxPositions(rope);
  }

  void readLongrope(RopeConfig &rope) {
    rope.originalMaxPositions = readOriginal();
    double factor = readOptional("factor").value_or(
        double(config.maxPositions) / rope.originalMaxPositions);
    double inferred = factor <= 1 || rope.originalMaxPositions == 1
                          ? 1.0
                          : std::sqrt(1 + weights::portableLog(factor) /
                                              weights::portableLog(double(
                                                  rope.originalMaxPositions)));
    rope.attentionFactor = readOptional("attention_factor").value_or(inferred);
    rope.shortFactors = readFactors("short_factor", rope.dims / 2);
    rope.longFactors = readFactors("long_factor", rope.dims / 2);
    if (rope.originalMaxPositions < config.maxPositions)
      rope.lengths.push_back(rope.originalMaxPositions);
    rope.lengths.push_back(config.maxPositions);
  }

  /// A number for each of `pairs` pairs of rotated channels.
  std::vector<double> readFactors(const char *key, int64_t pairs) {
    std::vector<double> factors;
    std::optional<Statement> list = state(key);
    if (!list) {
      reportMissing(key);
    } else if (!list->value->is_array() ||
               int64_t(list->value->size()) != pairs) {
      reader.error(list->path + ": found " +
                   (list->value->is_array()
                        ? std::to_string(list->value->size()) + " values"
                        : describeJson(*list->value)) +
                   ", expected a list of " + std::to_string(pairs) +
                   " numbers, one for each pair of rotated channels");
    } else {
      for (auto [i, value] : llvm::enumerate(*list->value))
        factors.push_back(
            reader
                .asNumber({list->path + "[" + std::to_string(i) + "]", &value})
                .value_or(1));
    }
    return factors;
  }

  void reportMissing(const char *key) {
    reader.error(llvm::Twine("'") + key + "' is missing in " +
                 (parameters ? places.parametersPath : "rope_scaling"));
  }

  ConfigReader &reader;
  DecoderConfig &config;
  RopePlaces places;
  const RopeKeys &keys;
  const json *parameters, *scaling;
};

} // namespace

RopeConfig readRopeConfig(ConfigReader &reader, DecoderConfig &config,
                          const RopeKeys &keys) {
  RopePlaces places = {"rope_parameters",
                       reader.findObject("rope_parameters"),
                       reader.findObject("rope_scaling"),
                       {"rope_theta"}};
  if (keys.olderTheta)
    places.thetaKeys.push_back(keys.olderTheta);
  return RopeReader(reader, config, std::move(places), keys).read();
}

void readRopeOfLayerTypes(ConfigReader &reader, DecoderConfig &config,
                          double globalTheta, double localTheta) {
  const json *parameters = reader.findObject("rope_parameters");
  auto find = [&](const char *type) -> const json * {
    if (!parameters)
      return nullptr;
    auto found = parameters->find(type);
    if (found != parameters->end() && found->is_object())
      return &*found;
    reader.error(llvm::Twine("rope_parameters: expected an object '") + type +
                 "' in it");
    return nullptr;
  };
  // Scaling is for long contexts, which only the layers without a window see.
  config.rope = RopeReader(reader, config,
                           {"rope_parameters.full_attention",
                            find("full_attention"),
                            reader.findObject("rope_scaling"),
                            {"rope_theta"}},
                           {.theta = globalTheta})
                    .read();
  config.localRope = RopeReader(reader, config,
                                {"rope_parameters.sliding_attention",
                                 find("sliding_attention"),
                                 nullptr,
                                 {"rope_local_base_freq"}},
                                {.theta = localTheta})
                         .read();
  // Positions are numbered by the length of the sequence in all layers.
  config.localRope->lengths = config.rope.lengths;
}

} // namespace swage::import
