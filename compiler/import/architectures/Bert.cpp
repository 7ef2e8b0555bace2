//===- Bert.cpp - BERT: encoder, masked LM and sequence classifier -------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/architectures/Architecture.h"
#include "compiler/import/architectures/Blocks.h"

using namespace mlir;
using namespace swage::transformer;

namespace swage::import {

static constexpr llvm::StringLiteral kOtherClasses[] = {
    "BertForSequenceClassification", "BertModel"};

/// How many classes there are: as many as have names, or two.
static int64_t readNumLabels(ConfigReader &reader) {
  const nlohmann::json *names = reader.find("id2label");
  if (names && names->is_object() && !names->empty())
    return int64_t(names->size());
  return reader.readSize("num_labels", 2);
}

static DecoderConfig readConfig(ConfigReader &reader) {
  DecoderConfig absent;
  absent.maxPositions = 512;
  absent.activation = Activation::Gelu;
  absent.normEpsilon = 1e-12;
  absent.tiedEmbeddings = true;
  DecoderConfig config =
      readDecoderConfig(reader, absent, {.normEpsilon = "layer_norm_eps"});
  if (reader.readFlag("is_decoder", false))
    reader.error("is_decoder: found true, which is not supported; expected "
                 "false");
  // Those that only training has a use for.
  for (llvm::StringRef key : {"attention_probs_dropout_prob",
                              "hidden_dropout_prob", "classifier_dropout"})
    reader.find(key);
  config.tokenTypes = reader.readSize("type_vocab_size", 2);
  config.bidirectional = true;
  config.numLabels = readNumLabels(reader);
  config.className = "BertForMaskedLM";
  const nlohmann::json *classes = reader.find("architectures");
  for (llvm::StringRef name : kOtherClasses)
    if (classes && *classes == nlohmann::json::array({name.str()}))
      config.className = name.str();
  return config;
}

/// `dense` and `LayerNorm` of a block, whose input `x` is added in between.
static Value buildOutput(ModelBuilder &b, Value inner, Value x) {
  Value y = b.linear(inner, "dense", b.getConfig().hiddenSize, /*bias=*/true);
  return b.layerNorm(b.add(x, y), "LayerNorm");
}

static Value buildSelfAttention(ModelBuilder &b, Value x, int64_t layer) {
  ModelBuilder::Scope attention(b, "attention");
  int64_t size = b.getConfig().hiddenSize;
  Value mixed;
  {
    ModelBuilder::Scope self(b, "self");
    Value q = b.linear(x, "query", size, /*bias=*/true);
    Value k = b.linear(x, "key", size, /*bias=*/true);
    Value v = b.linear(x, "value", size, /*bias=*/true);
    mixed = b.attention(q, k, v, layer);
  }
  ModelBuilder::Scope output(b, "output");
  return buildOutput(b, mixed, x);
}

static Value buildLayer(ModelBuilder &b, Value x, int64_t layer) {
  x = buildSelfAttention(b, x, layer);
  Value inner;
  {
    ModelBuilder::Scope intermediate(b, "intermediate");
    inner = b.activation(b.linear(x, "dense", b.getConfig().intermediateSize,
                                  /*bias=*/true));
  }
  ModelBuilder::Scope output(b, "output");
  return buildOutput(b, inner, x);
}

/// The last layer's output. `module` is empty in checkpoints of the bare model.
static Value buildEncoder(ModelBuilder &b, llvm::StringRef module) {
  ModelBuilder::Scope model(b, module);
  Value x;
  {
    ModelBuilder::Scope embeddings(b, "embeddings");
    x = b.embedding("word_embeddings", /*scale=*/1.0,
                    /*positions=*/"position_embeddings",
                    /*types=*/"token_type_embeddings");
    x = b.layerNorm(x, "LayerNorm");
  }
  ModelBuilder::Scope encoder(b, "encoder");
  return buildLayers(b, x, "layer", buildLayer);
}

static Value buildPooler(ModelBuilder &b, Value hidden,
                         llvm::StringRef module) {
  ModelBuilder::Scope model(b, module);
  ModelBuilder::Scope pooler(b, "pooler");
  Value first = b.firstRows(hidden);
  return b.activation(
      b.linear(first, "dense", b.getConfig().hiddenSize, /*bias=*/true),
      Activation::Tanh);
}

static Value buildMaskedLM(ModelBuilder &b, Value hidden,
                           llvm::StringRef module) {
  ModelBuilder::Scope cls(b, "cls");
  ModelBuilder::Scope predictions(b, "predictions");
  Value x = b.selectRows(hidden);
  {
    ModelBuilder::Scope transform(b, "transform");
    x = b.activation(
        b.linear(x, "dense", b.getConfig().hiddenSize, /*bias=*/true));
    x = b.layerNorm(x, "LayerNorm");
  }
  std::string decoder = b.getConfig().tiedEmbeddings
                            ? (module + ".embeddings.word_embeddings").str()
                            : "cls.predictions.decoder";
  return b.scores(x, decoder, "cls.predictions.bias");
}

static Value buildEncode(ModelBuilder &b) {
  const std::string &name = b.getConfig().className;
  // The bare model is saved without its outermost module.
  bool isInside = name != "BertModel" ||
                  b.hasTensor("bert.embeddings.word_embeddings.weight");
  llvm::StringRef module = isInside ? "bert" : "";
  Value hidden = buildEncoder(b, module);
  b.addResult(hidden, "hidden");
  if (name == "BertForMaskedLM") {
    b.addResult(buildMaskedLM(b, hidden, module), "logits");
    return {};
  }
  // The bare model may come without a pooler.
  std::string pooler = isInside ? "bert.pooler" : "pooler";
  if (name == "BertModel" && !b.hasTensor(pooler + ".dense.weight"))
    return {};
  Value pooled = buildPooler(b, hidden, module);
  b.addResult(pooled, "pooled");
  if (name == "BertForSequenceClassification")
    b.addResult(b.linear(pooled, "classifier", b.getConfig().numLabels,
                         /*bias=*/true),
                "class_logits");
  return {};
}

const Architecture kBert = {"bert", "BertForMaskedLM", readConfig, buildEncode,
                            kOtherClasses};

} // namespace swage::import
