//===- Presets.cpp - Recipes that have names ------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The mixes are those of llama.cpp without an importance matrix
// (llama_tensor_get_type_impl in llama-quant.cpp): which matrices get more bits
// than the others.
//
//===----------------------------------------------------------------------===//

#include "passes/compression/Recipe.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace swage::recipe {

using llvm::StringRef;

Role roleOfName(StringRef name) {
  name.consume_back(".weight");
  StringRef module = name.rsplit('.').second;
  bool inAttention = name.contains("attention");
  return llvm::StringSwitch<Role>(module)
      .Cases({"q_proj", "query"}, Role::Query)
      .Cases({"k_proj", "key"}, Role::Key)
      .Cases({"v_proj", "value"}, Role::Value)
      .Case("o_proj", Role::AttentionOutput)
      .Case("dense", inAttention                       ? Role::AttentionOutput
                     : name.ends_with(".output.dense") ? Role::Down
                     : name.ends_with(".intermediate.dense") ? Role::GateOrUp
                                                             : Role::Other)
      .Cases({"gate_proj", "up_proj", "dense_h_to_4h", "w1", "w3"},
             Role::GateOrUp)
      .Cases({"down_proj", "dense_4h_to_h", "w2"}, Role::Down)
      .Cases({"gate", "shared_expert_gate"}, Role::Router)
      .Default(Role::Other);
}

int layerOfName(StringRef name) {
  int layer;
  for (StringRef part : llvm::split(name, '.'))
    if (!part.getAsInteger(10, layer))
      return layer;
  return 0;
}

// ---- llama.cpp's mixes ------------------------------------------------------

/// The first and the last eighth of the layers, and every third between.
static bool usesMoreBits(int layer, int layers) {
  return layer < layers / 8 || layer >= 7 * layers / 8 ||
         (layer - layers / 8) % 3 == 2;
}

/// What all mixes have in common, behind what one does with a matrix of a
/// layer: `own`.
static StringRef mix(const Part &part, const ModelFacts &model, StringRef base,
                     StringRef own) {
  bool eightExperts = model.experts == 8;
  switch (part.role) {
  case Role::Router:
    return kKeep;
  case Role::Output:
    return base == "q8_0" || model.isFalcon ? "q8_0" : "q6_k";
  case Role::Embedding:
    return base;
  case Role::Key:
    return eightExperts ? "q8_0" : own;
  case Role::Value:
    if (eightExperts)
      return "q8_0";
    // Models of 80 layers with few values.
    if (model.layers == 80 && model.queriesPerKey > 1 &&
        (own == "q3_k" || own == "q4_k"))
      return "q5_k";
    return own;
  case Role::AttentionOutput:
    return eightExperts && (base == "q2_k" || base == "q3_k" || base == "q4_k")
               ? "q5_k"
               : own;
  default:
    return own;
  }
}

template <char const *Base>
static StringRef chooseBase(const Part &part, const ModelFacts &model) {
  return mix(part, model, Base, Base);
}

static StringRef chooseQ2K(const Part &part, const ModelFacts &model) {
  StringRef own = "q2_k";
  if (part.role == Role::Value)
    own = model.queriesPerKey >= 4 ? "q4_k" : "q3_k";
  else if (part.role == Role::Down ||
           (part.role == Role::AttentionOutput && !model.isFalcon))
    own = "q3_k";
  return mix(part, model, "q2_k", own);
}

static StringRef chooseQ3KM(const Part &part, const ModelFacts &model) {
  StringRef own = "q3_k";
  if (part.role == Role::Value)
    own = part.layer < 2 ? "q5_k" : "q4_k";
  else if (part.role == Role::Down)
    own = part.layer < model.layers / 16                              ? "q5_k"
          : !model.isFalcon || usesMoreBits(part.layer, model.layers) ? "q4_k"
                                                                      : "q3_k";
  else if (part.role == Role::AttentionOutput && !model.isFalcon)
    own = "q4_k";
  return mix(part, model, "q3_k", own);
}

static StringRef chooseQ3KL(const Part &part, const ModelFacts &model) {
  StringRef own = "q3_k";
  if (part.role == Role::Value)
    own = "q5_k";
  else if (part.role == Role::Down || part.role == Role::AttentionOutput)
    own = model.isFalcon ? "q4_k" : "q5_k";
  return mix(part, model, "q3_k", own);
}

static StringRef chooseQ4KS(const Part &part, const ModelFacts &model) {
  StringRef own = "q4_k";
  if ((part.role == Role::Value && part.layer < 4) ||
      (part.role == Role::Down && !model.isFalcon &&
       part.layer < model.layers / 8))
    own = "q5_k";
  return mix(part, model, "q4_k", own);
}

static StringRef chooseQ4KM(const Part &part, const ModelFacts &model) {
  StringRef own = "q4_k";
  bool more = usesMoreBits(part.layer, model.layers);
  if (part.role == Role::Value && more)
    own = "q6_k";
  else if (part.role == Role::Down && model.isFalcon)
    own = part.layer < model.layers / 16 ? "q6_k" : more ? "q5_k" : "q4_k";
  else if (part.role == Role::Down && more)
    own = "q6_k";
  return mix(part, model, "q4_k", own);
}

static StringRef chooseQ5KM(const Part &part, const ModelFacts &model) {
  bool more = (part.role == Role::Value || part.role == Role::Down) &&
              usesMoreBits(part.layer, model.layers);
  return mix(part, model, "q5_k", more ? "q6_k" : "q5_k");
}

// ---- One encoding for the matrices of layers --------------------------------

template <char const *Encoding>
static StringRef chooseLayers(const Part &part, const ModelFacts &) {
  bool inLayer = part.role != Role::Embedding && part.role != Role::Output &&
                 part.role != Role::Router;
  return inLayer ? StringRef(Encoding) : StringRef(kKeep);
}

static StringRef chooseKeep(const Part &, const ModelFacts &) { return kKeep; }

// ---- The table --------------------------------------------------------------

static constexpr char kQ8_0[] = "q8_0", kQ4_0[] = "q4_0", kQ4_1[] = "q4_1",
                      kQ5_0[] = "q5_0", kQ5_1[] = "q5_1", kQ3K[] = "q3_k",
                      kQ5K[] = "q5_k", kQ6K[] = "q6_k";
static constexpr char kInt4G32[] = "int4-g32", kInt4G64[] = "int4-g64",
                      kInt4G128[] = "int4-g128", kInt8[] = "int8-channel",
                      kNF4[] = "nf4", kFP8[] = "fp8", kMXFP4[] = "mxfp4",
                      kTernary[] = "ternary";

llvm::ArrayRef<Preset> presets() {
  static const std::vector<Preset> table = {
      {"none",
       {},
       "weights as the model stores them",
       "All weights: keep.",
       "",
       chooseKeep,
       false},
      {"q8_0",
       {},
       "8 bits in groups of 32",
       "All matrices: q8_0.",
       "",
       chooseBase<kQ8_0>,
       true},
      {"q4_0",
       {},
       "4 bits in groups of 32",
       "All matrices: q4_0; the output: q6_k.",
       "",
       chooseBase<kQ4_0>,
       true},
      {"q4_1",
       {},
       "4 bits and minima in groups of 32",
       "All matrices: q4_1; the output: q6_k.",
       "",
       chooseBase<kQ4_1>,
       true},
      {"q5_0",
       {},
       "5 bits in groups of 32",
       "All matrices: q5_0; the output: q6_k.",
       "",
       chooseBase<kQ5_0>,
       true},
      {"q5_1",
       {},
       "5 bits and minima in groups of 32",
       "All matrices: q5_1; the output: q6_k.",
       "",
       chooseBase<kQ5_1>,
       true},
      {"q2_k",
       {},
       "2 bits, more for what loses most",
       "All matrices: q2_k; values: q4_k with 4 or more queries for each key, "
       "else q3_k; outputs of attention and down projections: q3_k; the "
       "output: q6_k.",
       "",
       chooseQ2K,
       true},
      {"q3_k_s",
       {},
       "3 bits",
       "All matrices: q3_k; the output: q6_k.",
       "",
       chooseBase<kQ3K>,
       true},
      {"q3_k_m",
       {"q3_k"},
       "3 bits, more for what loses most",
       "All matrices: q3_k; values of the first two layers: q5_k, of the "
       "others: q4_k; down projections of the first sixteenth of the layers: "
       "q5_k, of the others: q4_k; outputs of attention: q4_k; the output: "
       "q6_k.",
       "",
       chooseQ3KM,
       true},
      {"q3_k_l",
       {},
       "3 bits, most for what loses most",
       "All matrices: q3_k; values, down projections and outputs of attention: "
       "q5_k; the output: q6_k.",
       "",
       chooseQ3KL,
       true},
      {"q4_k_s",
       {},
       "4 bits with scales in 6",
       "All matrices: q4_k; values of the first four layers and down "
       "projections of the first eighth: q5_k; the output: q6_k.",
       "",
       chooseQ4KS,
       true},
      {"q4_k_m",
       {"q4_k"},
       "4 bits with scales in 6, more for what loses most",
       "All matrices: q4_k; values and down projections of the first and last "
       "eighth of the layers and of every third between: q6_k; the output: "
       "q6_k.",
       "",
       chooseQ4KM,
       true},
      {"q5_k_s",
       {},
       "5 bits with scales in 6",
       "All matrices: q5_k; the output: q6_k.",
       "",
       chooseBase<kQ5K>,
       true},
      {"q5_k_m",
       {"q5_k"},
       "5 bits with scales in 6, more for what loses most",
       "All matrices: q5_k; values and down projections of the first and last "
       "eighth of the layers and of every third between: q6_k; the output: "
       "q6_k.",
       "",
       chooseQ5KM,
       true},
      {"q6_k",
       {},
       "6 bits with scales in 8",
       "All matrices: q6_k.",
       "",
       chooseBase<kQ6K>,
       true},
      {"w4a16-g32",
       {"q4f16_1", "q4f32_1"},
       "4 bits in groups of 32, rows of floats",
       "Matrices of layers: int4-g32; tables of tokens, output and routers: "
       "keep.",
       "f32",
       chooseLayers<kInt4G32>,
       false},
      {"w4a16-g64",
       {},
       "4 bits in groups of 64, rows of floats",
       "Matrices of layers: int4-g64; tables of tokens, output and routers: "
       "keep.",
       "f32",
       chooseLayers<kInt4G64>,
       false},
      {"w4a16-g128",
       {"w4a16"},
       "4 bits in groups of 128, rows of floats",
       "Matrices of layers: int4-g128; tables of tokens, output and routers: "
       "keep.",
       "f32",
       chooseLayers<kInt4G128>,
       false},
      {"w8a16",
       {},
       "8 bits, a scale for each output, rows of floats",
       "Matrices of layers: int8-channel; tables of tokens, output and "
       "routers: keep.",
       "f32",
       chooseLayers<kInt8>,
       false},
      {"w8a8",
       {"int8"},
       "8 bits, a scale for each output, rows of 8 bits",
       "Matrices of layers: int8-channel; tables of tokens, output and "
       "routers: keep.",
       "int8",
       chooseLayers<kInt8>,
       false},
      {"nf4",
       {},
       "4 bits of a normal distribution in groups of 64",
       "Matrices of layers: nf4; tables of tokens, output and routers: keep.",
       "",
       chooseLayers<kNF4>,
       false},
      {"fp8",
       {"fp8_e4m3"},
       "8 bits of E4M3, a scale for each output",
       "Matrices of layers: fp8; tables of tokens, output and routers: keep.",
       "",
       chooseLayers<kFP8>,
       false},
      {"mxfp4",
       {},
       "4 bits of E2M1 in groups of 32, scales that are powers of 2",
       "Matrices of layers: mxfp4; tables of tokens, output and routers: keep.",
       "",
       chooseLayers<kMXFP4>,
       false},
      {"ternary",
       {},
       "-1, 0 and 1 in groups of 64",
       "Matrices of layers: ternary; tables of tokens, output and routers: "
       "keep.",
       "",
       chooseLayers<kTernary>,
       false},
  };
  return table;
}

/// Case, `-` and `_` make no difference.
static std::string normalize(StringRef name) {
  std::string normal = name.lower();
  std::replace(normal.begin(), normal.end(), '_', '-');
  return normal;
}

const Preset *findPreset(StringRef name) {
  std::string wanted = normalize(name);
  for (const Preset &preset : presets()) {
    if (normalize(preset.name) == wanted)
      return &preset;
    for (StringRef alias : preset.aliases)
      if (normalize(alias) == wanted)
        return &preset;
  }
  return nullptr;
}

} // namespace swage::recipe
