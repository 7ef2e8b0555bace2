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

namespace swage::import {

/// Rotary embedding, as `#transformer.rope` describes it.
struct RopeConfig {
  double theta = 10000.0;
  transformer::RopeScaling scaling = transformer::RopeScaling::None;
  double factor = 1.0, lowFreqFactor = 0.0, highFreqFactor = 0.0;
  int64_t originalMaxPositions = 0;

  transformer::RopeAttr getAttr(mlir::MLIRContext *context, int64_t dims) const;
};

/// What decoder-only transformers have in common. The initial values are those
/// of Hugging Face for keys that are absent.
struct DecoderConfig {
  int64_t vocabSize = 1, hiddenSize = 1, intermediateSize = 1, numLayers = 1;
  int64_t numHeads = 1, numKvHeads = 1, headDim = 1;
  int64_t maxPositions = 2048;
  transformer::Activation activation = transformer::Activation::Silu;
  double normEpsilon = 1e-6;
  RopeConfig rope;
  bool tiedEmbeddings = false;
  bool attentionBias = false, mlpBias = false;
  /// Type of the weights, where there are none to tell.
  weights::Dtype dtype = weights::Dtype::F32;
  /// -1 if there is none.
  int64_t bos = -1;
  std::vector<int64_t> eos;
};

/// Reads the keys that decoders share. What is wrong goes to the reader's
/// problems; the result is of use only if there are none.
DecoderConfig readDecoderConfig(ConfigReader &reader);

/// Reads `rope_parameters` and the older `rope_theta` and `rope_scaling`, which
/// must agree where several are there.
RopeConfig readRopeConfig(ConfigReader &reader);

/// Reports each key that changes what a model computes in a way that is not
/// supported.
void refuseUnsupportedKeys(ConfigReader &reader);

/// Keys that have no effect on what is computed.
llvm::ArrayRef<llvm::StringRef> getIgnoredKeys();

} // namespace swage::import

#endif // SWAGE_COMPILER_IMPORT_HUGGINGFACE_DECODERCONFIG_H
