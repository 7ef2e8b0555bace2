//===- AssignEncodings.cpp - Encodings of weights by a recipe -------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/compression/Compression.h"
#include "dialects/transformer/Transformer.h"
#include "passes/compression/Passes.h"
#include "passes/compression/Recipe.h"
#include <map>

namespace swage {
#define GEN_PASS_DEF_ASSIGNENCODINGS
#include "passes/compression/Passes.h.inc"
} // namespace swage

using namespace mlir;
using namespace swage;
using namespace swage::transformer;
using recipe::Part;
using recipe::Role;
using recipe::Rule;

/// The matrices that can have an encoding: those that a linear multiplies, and
/// the table of tokens.
static bool takesEncoding(OpOperand &use) {
  if (auto embedding = dyn_cast<EmbeddingOp>(use.getOwner()))
    return use.get() == embedding.getTable();
  return isa<LinearOp, GroupedLinearOp>(use.getOwner());
}

/// What is true of the whole model.
static recipe::ModelFacts describeModel(ModuleOp module) {
  recipe::ModelFacts facts;
  if (auto model = module->getAttrOfType<ModelAttr>("transformer.model"))
    facts.isFalcon = model.getArchitecture() == "falcon";
  for (auto weight : module.getOps<WeightOp>())
    facts.layers =
        std::max(facts.layers, recipe::layerOfName(weight.getSymName()) + 1);
  module.walk([&](AttentionOp attention) {
    int64_t keys =
        cast<CacheType>(attention.getCache().getType()).getNumKvHeads();
    facts.queriesPerKey = attention.getNumHeads() / keys;
  });
  module.walk([&](RouteOp route) {
    facts.experts = route.getGroups().getType().getDimSize(0);
  });
  return facts;
}

namespace {
struct AssignEncodings : swage::impl::AssignEncodingsBase<AssignEncodings> {
  using AssignEncodingsBase::AssignEncodingsBase;

  void runOnOperation() override {
    llvm::Expected<recipe::Recipe> loaded = recipe::loadRecipe(recipe);
    if (!loaded) {
      emitError(getOperation().getLoc()) << llvm::toString(loaded.takeError());
      return signalPassFailure();
    }
    collectParts();
    if (failed(choose(*loaded)) || failed(checkExperts()))
      return signalPassFailure();
    apply();
  }

private:
  /// A matrix, where it is read, and the type of its elements.
  struct Entry {
    WeightOp weight;
    Part part;
    SmallVector<GetWeightOp> reads;
    Type encoding;
  };

  void collectParts();
  LogicalResult choose(const recipe::Recipe &recipe);
  FailureOr<Type> chooseOne(const Rule &rule, const Entry &entry,
                            const recipe::ModelFacts &model);
  LogicalResult checkRules(const recipe::Recipe &recipe,
                           ArrayRef<SmallVector<size_t>> matched,
                           ArrayRef<size_t> decidedBy);
  FailureOr<std::string> fitRows(const Rule &rule, const Part &part,
                                 StringRef encoding);
  void reportFallbacks();
  LogicalResult checkExperts();
  void apply();

  std::vector<Entry> entries;
  /// Matrices that got an encoding in place of another, by both.
  std::map<std::pair<std::string, std::string>, SmallVector<StringRef>>
      fallbacks;
};
} // namespace

void AssignEncodings::collectParts() {
  ModuleOp module = getOperation();
  int64_t vocabulary = 0;
  if (auto model = module->getAttrOfType<ModelAttr>("transformer.model"))
    vocabulary = model.getVocabSize();
  llvm::StringMap<SmallVector<GetWeightOp>> reads;
  module.walk([&](GetWeightOp op) { reads[op.getWeight()].push_back(op); });
  entries.clear();
  for (auto weight : module.getOps<WeightOp>()) {
    auto type = cast<RankedTensorType>(weight.getType());
    Entry entry = {weight,
                   {weight.getSymName(), type,
                    recipe::roleOfName(weight.getSymName()),
                    recipe::layerOfName(weight.getSymName())},
                   reads.lookup(weight.getSymName()),
                   type.getElementType()};
    bool used = false, all = true, scores = false, isTable = false;
    for (GetWeightOp read : entry.reads)
      for (OpOperand &use : read->getUses()) {
        used = true;
        all &= takesEncoding(use);
        isTable |= isa<EmbeddingOp>(use.getOwner());
        scores |=
            isa<LinearOp>(use.getOwner()) && type.getDimSize(0) == vocabulary;
      }
    if (type.getRank() != 2 || !used || !all)
      continue;
    if (scores)
      entry.part.role = Role::Output;
    else if (isTable)
      entry.part.role = Role::Embedding;
    entries.push_back(std::move(entry));
  }
}

LogicalResult AssignEncodings::choose(const recipe::Recipe &recipe) {
  recipe::ModelFacts model = describeModel(getOperation());
  std::vector<SmallVector<size_t>> matched(recipe.rules.size());
  SmallVector<size_t> decidedBy(entries.size(), recipe.rules.size());
  for (auto [r, rule] : llvm::enumerate(recipe.rules))
    for (auto [e, entry] : llvm::enumerate(entries))
      if (rule.match->match(entry.part.name)) {
        matched[r].push_back(e);
        if (decidedBy[e] == recipe.rules.size())
          decidedBy[e] = r;
      }
  if (failed(checkRules(recipe, matched, decidedBy)))
    return failure();
  bool ok = true;
  for (auto [entry, r] : llvm::zip_equal(entries, decidedBy)) {
    if (r == recipe.rules.size())
      continue;
    FailureOr<Type> encoding = chooseOne(recipe.rules[r], entry, model);
    if (succeeded(encoding))
      entry.encoding = *encoding;
    ok &= succeeded(encoding);
  }
  reportFallbacks();
  return success(ok);
}

/// Every rule of a file has to decide something.
LogicalResult AssignEncodings::checkRules(const recipe::Recipe &recipe,
                                          ArrayRef<SmallVector<size_t>> matched,
                                          ArrayRef<size_t> decidedBy) {
  bool ok = true;
  for (auto [r, rule] : llvm::enumerate(recipe.rules)) {
    if (rule.place.empty() || llvm::any_of(matched[r], [&](size_t entry) {
          return decidedBy[entry] == r;
        }))
      continue;
    ok = false;
    if (matched[r].empty()) {
      emitError(getOperation().getLoc())
          << rule.place << "no matrix of the model has a name that matches; "
          << "one is '"
          << (entries.empty() ? StringRef() : entries.front().part.name) << "'";
      continue;
    }
    size_t first = matched[r].front();
    emitError(getOperation().getLoc())
        << rule.place << "earlier rules decide all that this one matches: '"
        << entries[first].part.name << "' is decided at "
        << StringRef(recipe.rules[decidedBy[first]].place).rtrim(": ");
  }
  return success(ok);
}

/// The name of the encoding, or of what llama.cpp takes where the blocks of a
/// K-type do not divide a row.
FailureOr<std::string> AssignEncodings::fitRows(const Rule &rule,
                                                const Part &part,
                                                StringRef encoding) {
  int64_t columns = part.type.getDimSize(1);
  std::string name = encoding.str();
  while (true) {
    llvm::Expected<Type> type =
        recipe::getEncoding(&getContext(), name, columns);
    if (!type) {
      emitError(getOperation().getLoc())
          << rule.encodingPlace << llvm::toString(type.takeError());
      return failure();
    }
    auto blocks = dyn_cast<compression::EncodingTypeInterface>(*type);
    int64_t block = blocks ? blocks.getBlockColumns() : 1;
    if (columns % block == 0)
      break;
    if (!rule.preset || !rule.preset->hasFallbacks) {
      emitError(getOperation().getLoc())
          << rule.encodingPlace << "'" << part.name << "' has " << columns
          << " columns, which are not whole blocks of the " << block
          << " columns of '" << encoding
          << "'; give it another encoding, or keep, with a rule for its name";
      return failure();
    }
    StringRef fallback = recipe::getFallback(name);
    name = fallback.empty() ? recipe::kKeep.str() : fallback.str();
    if (name == recipe::kKeep)
      break;
  }
  if (name != encoding)
    fallbacks[{encoding.str(), name}].push_back(part.name);
  return name;
}

FailureOr<Type> AssignEncodings::chooseOne(const Rule &rule, const Entry &entry,
                                           const recipe::ModelFacts &model) {
  const Part &part = entry.part;
  StringRef wanted =
      rule.preset ? rule.preset->choose(part, model) : StringRef(rule.encoding);
  if (wanted == recipe::kKeep)
    return entry.encoding;
  if (!compression::isPlainFloat(entry.encoding)) {
    emitError(getOperation().getLoc())
        << rule.place << "'" << part.name << "' is stored as " << entry.encoding
        << ", and nothing is quantized twice; match it with a rule whose "
           "encoding is keep";
    return failure();
  }
  FailureOr<std::string> name = fitRows(rule, part, wanted);
  if (failed(name))
    return failure();
  if (*name == recipe::kKeep)
    return entry.encoding;
  ++numEncoded;
  return cantFail(
      recipe::getEncoding(&getContext(), *name, part.type.getDimSize(1)));
}

void AssignEncodings::reportFallbacks() {
  for (auto &[encodings, names] : fallbacks) {
    InFlightDiagnostic diag = emitWarning(getOperation().getLoc());
    diag << "rows of '" << names.front() << "'";
    if (names.size() > 1)
      diag << " and " << names.size() - 1 << " other matrices";
    diag << " are not whole blocks of " << encodings.first << "; ";
    if (encodings.second == recipe::kKeep)
      diag << "they stay as they are stored";
    else
      diag << "encoded as " << encodings.second << " instead";
  }
}

/// The matrices of experts that one operation multiplies need one encoding.
LogicalResult AssignEncodings::checkExperts() {
  llvm::StringMap<const Entry *> byName;
  for (const Entry &entry : entries)
    byName[entry.part.name] = &entry;
  auto result = getOperation().walk([&](GroupedLinearOp grouped) {
    const Entry *first = nullptr;
    for (Value weight : grouped.getWeights()) {
      auto read = weight.getDefiningOp<GetWeightOp>();
      const Entry *entry = read ? byName.lookup(read.getWeight()) : nullptr;
      if (!entry)
        continue;
      if (!first)
        first = entry;
      if (entry->encoding == first->encoding)
        continue;
      emitError(grouped.getLoc())
          << "matrices of experts need one encoding: '" << first->part.name
          << "' would have " << first->encoding << ", '" << entry->part.name
          << "' " << entry->encoding;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

void AssignEncodings::apply() {
  for (Entry &entry : entries) {
    auto type = entry.part.type.clone(entry.encoding);
    if (type == entry.part.type)
      continue;
    entry.weight.setType(type);
    for (GetWeightOp read : entry.reads)
      read.getResult().setType(type);
  }
}
