//===- DecoderConfig.h - What a config says of a decoder -----------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_COMPILER_IMPORT_HUGGINGFACE_DECODERCONFIG_H
#define SWAGE_COMPILER_IMPORT_HUGGINGFACE_DECODERCONFIG_H

#include "compiler/import/huggingface/ConfigReader.h"
#include "compiler/weights/Dtype.h"
#include "dialects/transformer/Transformer.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace swage::import {

/// Rotary embedding, as `#transformer.rope` describes it.
struct RopeConfig {
  /// Rotated channels of each head.
  int64_t dims = 2;
  double theta = 10000.0;
  transformer::RopeScaling scaling = transformer::RopeScaling::None;
  double factor = 1.0, lowFreqFactor = 0.0, highFreqFactor = 0.0;
  int64_t originalMaxPositions = 0;
  double attentionFactor = 1.0, betaFast = 0.0, betaSlow = 0.0;
  bool truncate = true;
  std::vector<double> shortFactors, longFactors;
  /// The longest sequences of classes that are rotated differently.
  std::vector<int64_t> lengths;

  transformer::RopeAttr getAttr(mlir::MLIRContext *context) const;
};

/// A mixture of experts.
struct MoeConfig {
  int64_t numExperts = 1, topK = 1;
  /// Rows of an expert's gate.
  int64_t intermediateSize = 1;
  /// Rows of the gate of the expert that all rows pass through; 0 if there is
  /// none.
  int64_t sharedSize = 0;
  /// Whether the probabilities of the chosen experts are made to add up to one.
  bool normalize = true;
  /// Whether each layer has one, where not all have.
  std::vector<bool> layers;
};

/// What may differ from layer to layer, besides windows and experts.
struct LayerConfig {
  int64_t numHeads, numKvHeads, intermediateSize;
};

/// What decoder-only transformers have in common. The initial values are those
/// of keys that are absent, unless an architecture has others.
struct DecoderConfig {
  int64_t vocabSize = 1, hiddenSize = 1, intermediateSize = 1, numLayers = 1;
  int64_t numHeads = 1;
  /// Without the key, 0 means `numHeads`.
  int64_t numKvHeads = 0;
  /// Without the key, 0 means `hiddenSize / numHeads`.
  int64_t headDim = 0;
  int64_t maxPositions = 2048;
  transformer::Activation activation = transformer::Activation::Silu;
  double normEpsilon = 1e-6;
  /// Added to the weights of RMS norms.
  double normWeightOffset = 0.0;
  MoeConfig moe;
  RopeConfig rope;
  /// Of the layers with a window, where they differ from the others.
  std::optional<RopeConfig> localRope;
  /// For each layer, how many positions it sees, itself included; 0 is all.
  std::vector<int64_t> windows;
  /// For each layer; empty if all are equal.
  std::vector<LayerConfig> layers;
  /// Without one, `1 / sqrt(headDim)`.
  std::optional<double> attentionScale;
  std::optional<double> attentionSoftCap, logitsSoftCap;
  bool tiedEmbeddings = false;
  bool attentionBias = false, mlpBias = false;
  /// Attention and feed-forward network read the same rows; how many norms
  /// they have then.
  bool parallelResidual = false;
  int64_t numParallelNorms = 1;
  /// The scale of layer i is divided by i + 1.
  bool scaleByLayer = false;
  /// Rows see later rows of their sequence too, as in encoders.
  bool bidirectional = false;
  /// Types that tokens may have; 0 if they have none.
  int64_t tokenTypes = 0;
  /// Of a classifier.
  int64_t numLabels = 0;
  /// The class in `architectures`, where there are several.
  std::string className;
  /// Type of the weights, where there are none to tell.
  weights::Dtype dtype = weights::Dtype::F32;
  /// -1 if there is none.
  int64_t bos = -1;
  std::vector<int64_t> eos;

  /// The rotary embedding of a layer.
  const RopeConfig &getRope(int64_t layer) const {
    return localRope && windows[layer] ? *localRope : rope;
  }
};

/// What an architecture calls the keys that decoders share.
struct DecoderKeys {
  llvm::StringRef hiddenSize = "hidden_size";
  llvm::StringRef intermediateSize = "intermediate_size";
  /// Without that key, the multiple of the hidden size; 0 if it must be there.
  int64_t intermediateFactor = 0;
  llvm::StringRef numLayers = "num_hidden_layers";
  llvm::StringRef numHeads = "num_attention_heads";
  llvm::StringRef numKvHeads = "num_key_value_heads";
  llvm::StringRef maxPositions = "max_position_embeddings";
  llvm::StringRef activation = "hidden_act";
  llvm::StringRef normEpsilon = "rms_norm_eps";
};

/// Reads the keys that decoders share; `config` holds the values of those that
/// are absent. What is wrong goes to the reader's problems; the result is of
/// use only if there are none.
DecoderConfig readDecoderConfig(ConfigReader &reader, DecoderConfig config = {},
                                const DecoderKeys &keys = {});

/// Reads how many experts there are and how many a row chooses.
MoeConfig readMoeConfig(ConfigReader &reader, int64_t numExperts, int64_t topK);

/// Reads which layers have experts: every `decoder_sparse_step`-th, but none of
/// `mlp_only_layers`.
void readMoeLayers(ConfigReader &reader, DecoderConfig &config);

/// Reads `layer_types`, or without it asks `slides` of each layer, and gives
/// the layers that slide that window.
void readWindows(ConfigReader &reader, DecoderConfig &config,
                 std::optional<int64_t> window,
                 llvm::function_ref<bool(int64_t layer)> slides);

/// What an architecture calls the rotary keys, and their values when absent.
struct RopeKeys {
  double theta = 10000.0;
  /// The older key beside `rope_theta`, if there is one.
  const char *olderTheta = nullptr;
  /// The part of each head that is rotated, and the key of it outside of
  /// `rope_parameters`; without a key it is always 1.
  double partialFactor = 1.0;
  const char *partialKey = nullptr;
  /// Where nothing says which context a scaling begins from; 0 is
  /// `max_position_embeddings`.
  int64_t originalMaxPositions = 0;
  /// Whether "su" and "yarn" are older names of "longrope".
  bool olderLongrope = false;
};

/// Reads `rope_parameters` and the older `rope_theta` and `rope_scaling`, which
/// must agree where several are there.
/// Raises `config.maxPositions` if a dynamic scaling reaches farther.
RopeConfig readRopeConfig(ConfigReader &reader, DecoderConfig &config,
                          const RopeKeys &keys = {});

/// Reads one rope for layers that see all and another for those with a window:
/// two objects in `rope_parameters`, or `rope_theta` with `rope_scaling` and
/// `rope_local_base_freq`.
void readRopeOfLayerTypes(ConfigReader &reader, DecoderConfig &config,
                          double globalTheta, double localTheta);

/// Reports each key that changes what a model computes and that nothing has
/// read.
void refuseUnsupportedKeys(ConfigReader &reader);

/// Keys that have no effect on what is computed.
llvm::ArrayRef<llvm::StringRef> getIgnoredKeys();

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_HUGGINGFACE_DECODERCONFIG_H
