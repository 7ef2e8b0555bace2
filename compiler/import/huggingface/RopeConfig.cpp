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
#include "llvm/ADT/StringSwitch.h"

using nlohmann::json;
using namespace swage::transformer;

namespace swage::import {

RopeAttr RopeConfig::getAttr(mlir::MLIRContext *context) const {
  return RopeAttr::get(context, dims, llvm::APFloat(theta), scaling,
                       llvm::APFloat(factor), llvm::APFloat(lowFreqFactor),
                       llvm::APFloat(highFreqFactor), originalMaxPositions);
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
  RopeReader(ConfigReader &reader, const DecoderConfig &config,
             RopePlaces places, const RopeKeys &keys)
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
    if (rope.scaling != RopeScaling::None)
      rope.factor = readNumber("factor", 1.0);
    if (rope.scaling == RopeScaling::Llama3)
      readLlama3(rope);
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
        "original_max_position_embeddings"};
    if (!object)
      return;
    for (const auto &[key, value] : object->items())
      if (!llvm::is_contained(kKnown, key) && !value.is_null() &&
          !(key == "partial_rotary_factor" &&
            (keys.partialKey || value == 1.0)))
        reader.error(llvm::Twine(path) + "." + key + ": found " +
                     describeJson(value) +
                     ", which is not supported; supported are rope_theta, "
                     "rope_type, factor, low_freq_factor, high_freq_factor and "
                     "original_max_position_embeddings");
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
    auto value = llvm::StringSwitch<std::optional<RopeScaling>>(*name)
                     .Case("default", RopeScaling::None)
                     .Case("linear", RopeScaling::Linear)
                     .Case("llama3", RopeScaling::Llama3)
                     .Default(std::nullopt);
    if (!value)
      reader.error(kind->path + ": found \"" + *name +
                   "\", supported are default, linear and llama3");
    return value.value_or(RopeScaling::None);
  }

  double readNumber(const char *key, double whenWrong) {
    if (auto value = state(key))
      return reader.asNumber(*value).value_or(whenWrong);
    reader.error(llvm::Twine("'") + key + "' is missing in " +
                 (parameters ? places.parametersPath : "rope_scaling"));
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
      reader.error(llvm::Twine("'") + kOriginal + "' is missing in " +
                   (parameters ? places.parametersPath : "rope_scaling"));
    if (rope.highFreqFactor <= rope.lowFreqFactor)
      reader.error("high_freq_factor: found " +
                   describeJson(rope.highFreqFactor) +
                   ", expected more than low_freq_factor, which is " +
                   describeJson(rope.lowFreqFactor));
  }

  ConfigReader &reader;
  const DecoderConfig &config;
  RopePlaces places;
  const RopeKeys &keys;
  const json *parameters, *scaling;
};

} // namespace

RopeConfig readRopeConfig(ConfigReader &reader, const DecoderConfig &config,
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
}

} // namespace swage::import
