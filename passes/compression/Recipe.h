//===- Recipe.h - How to compress a model ---------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A recipe says which encoding each matrix of a model gets. Presets have names;
// a YAML file lists rules, of which the first one that matches a matrix's name
// decides:
//
//   activations: int8          # optional: what weights are multiplied with
//   rules:
//     - match: lm_head         # a POSIX regular expression, anywhere in a name
//       encoding: keep
//     - match: 'self_attn\.[qkv]_proj'
//       encoding: q8_0
//     - match: .*
//       encoding: q4_k_m       # what that preset would do
//
//===----------------------------------------------------------------------===//

#ifndef SWAGE_PASSES_COMPRESSION_RECIPE_H
#define SWAGE_PASSES_COMPRESSION_RECIPE_H

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/Regex.h"
#include <memory>
#include <string>
#include <vector>

namespace swage::recipe {

// ---- Matrices ---------------------------------------------------------------

/// What a matrix does in a model, as far as presets tell matrices apart.
enum class Role : uint8_t {
  Embedding, ///< the table of tokens, if it does not score them too
  Output,    ///< scores all tokens
  Query,
  Key,
  Value,
  AttentionOutput,
  GateOrUp,
  Down,
  Router, ///< chooses experts
  Other,
};

/// A matrix that can have an encoding.
struct Part {
  llvm::StringRef name;
  mlir::RankedTensorType type;
  Role role;
  int layer; ///< 0 where there is none
};

/// What presets ask of a model.
struct ModelFacts {
  int layers = 1;
  int64_t queriesPerKey = 1; ///< heads of queries for each head of keys
  int64_t experts = 0;
  bool isFalcon = false;
};

/// The role that a name in a checkpoint tells; Other if it tells none.
Role roleOfName(llvm::StringRef name);

/// The number in a name such as `model.layers.3.mlp.up_proj.weight`, or 0.
int layerOfName(llvm::StringRef name);

// ---- Encodings --------------------------------------------------------------

/// What a recipe calls a matrix that stays as it is stored.
inline constexpr llvm::StringLiteral kKeep = "keep";

/// An error unless `name` is `keep`, the name of an encoding (`q4_k`,
/// `int4-g128`, `uint4-g64`, `int8-channel`), or has the form of a type of the
/// IR.
llvm::Error checkEncodingName(llvm::StringRef name);

/// The type that `name` stands for in a matrix of that many columns; the error
/// says why it is none.
llvm::Expected<mlir::Type> getEncoding(mlir::MLIRContext *context,
                                       llvm::StringRef name, int64_t columns);

/// Names of encodings, for messages.
std::string listEncodings();

/// The encoding that takes the place of a K-type whose blocks do not divide a
/// row, as in llama.cpp; empty if there is none.
llvm::StringRef getFallback(llvm::StringRef encoding);

// ---- Presets ----------------------------------------------------------------

struct Preset {
  llvm::StringLiteral name;
  /// Other spellings; case, `-` and `_` make no difference.
  std::vector<llvm::StringLiteral> aliases;
  llvm::StringLiteral summary, details;
  /// What weights are multiplied with; empty for no matter.
  llvm::StringLiteral activations;
  /// The name of the encoding of a matrix, or `keep`.
  llvm::StringRef (*choose)(const Part &part, const ModelFacts &model);
  /// Whether rows that the encoding does not divide get a fallback.
  bool hasFallbacks;
};

/// All of them, in the order in which users see them.
llvm::ArrayRef<Preset> presets();

/// The preset that users call `name`, or null.
const Preset *findPreset(llvm::StringRef name);

// ---- Recipes ----------------------------------------------------------------

struct Rule {
  std::shared_ptr<llvm::Regex> match;
  /// A preset, or the name of an encoding, or `keep`.
  const Preset *preset = nullptr;
  std::string encoding;
  /// Where it is written, "FILE:LINE:COLUMN: " or empty.
  std::string place, encodingPlace;
};

struct Recipe {
  std::string name;
  std::string activations;
  std::vector<Rule> rules;
};

/// The recipe of that name, or the one in the YAML file of that name (which has
/// a `.` or `/`). An error points at what is wrong in a file.
llvm::Expected<Recipe> loadRecipe(llvm::StringRef nameOrFile);

/// Reads the YAML text of `file`.
llvm::Expected<Recipe> parseRecipe(llvm::StringRef file, llvm::StringRef text);

} // namespace swage::recipe

#endif // SWAGE_PASSES_COMPRESSION_RECIPE_H
