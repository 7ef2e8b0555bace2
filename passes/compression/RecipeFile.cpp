//===- RecipeFile.cpp - Recipes in YAML -----------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/compression/Recipe.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/YAMLParser.h"

namespace swage::recipe {

using llvm::StringRef;

static constexpr StringRef kActivations[] = {"auto", "f32", "f16", "bf16",
                                             "int8"};

namespace {

/// Reads one file; the first problem ends it.
class RecipeReader {
public:
  RecipeReader(StringRef file, StringRef text)
      : stream(llvm::MemoryBufferRef(text, file), sources,
               /*ShowColors=*/false) {
    sources.setDiagHandler(
        [](const llvm::SMDiagnostic &found, void *reader) {
          static_cast<RecipeReader *>(reader)->report(found);
        },
        this);
    recipe.name = file.str();
  }

  llvm::Expected<Recipe> read() {
    llvm::yaml::document_iterator document = stream.begin();
    llvm::yaml::Node *root =
        document != stream.end() ? document->getRoot() : nullptr;
    if (problem.empty() && root)
      readRecipe(root);
    // Also what follows has to be YAML.
    if (problem.empty() && root && ++document != stream.end())
      stream.printError(document->getRoot(), "expected one document");
    if (problem.empty() && stream.failed())
      problem = recipe.name + ": no YAML";
    if (problem.empty() && recipe.rules.empty())
      problem = recipe.name + ": no rules; expected 'rules:' and a list of "
                              "'match:' with 'encoding:'";
    if (!problem.empty())
      return llvm::createStringError(problem);
    return std::move(recipe);
  }

private:
  /// "FILE:LINE:COLUMN: " of a node.
  std::string placeOf(const llvm::yaml::Node *node) {
    StringRef tag = node->getRawTag();
    auto [line, column] = sources.getLineAndColumn(
        tag.empty() ? node->getSourceRange().Start
                    : llvm::SMLoc::getFromPointer(tag.data()));
    return recipe.name + ":" + std::to_string(line) + ":" +
           std::to_string(column) + ": ";
  }

  void report(const llvm::SMDiagnostic &found) {
    if (problem.empty())
      problem =
          (found.getFilename() + ":" + llvm::Twine(found.getLineNo()) + ":" +
           llvm::Twine(found.getColumnNo() + 1) + ": " + found.getMessage())
              .str();
  }

  void fail(const llvm::yaml::Node *node, const llvm::Twine &message) {
    if (problem.empty())
      problem = placeOf(node) + message.str();
  }

  /// The text of a scalar.
  std::optional<std::string> readText(llvm::yaml::Node *node, StringRef key) {
    auto *scalar = llvm::dyn_cast_or_null<llvm::yaml::ScalarNode>(node);
    if (!node || !scalar) {
      if (node)
        fail(node, "expected text behind '" + key + ":'");
      return std::nullopt;
    }
    if (!scalar->getRawTag().empty()) {
      fail(node, "a value that begins with '!' needs quotes");
      return std::nullopt;
    }
    llvm::SmallString<64> storage;
    return scalar->getValue(storage).str();
  }

  /// Calls `body(key, key's node, value)` for what a mapping holds, each key of
  /// `known` once.
  template <typename Body>
  void readMapping(llvm::yaml::Node *node, llvm::ArrayRef<StringRef> known,
                   Body body) {
    auto *mapping = llvm::dyn_cast<llvm::yaml::MappingNode>(node);
    std::string keys = llvm::join(known, ", ");
    if (!mapping)
      return fail(node, "expected a mapping with the keys " + keys);
    llvm::SmallVector<std::string> seen;
    for (llvm::yaml::KeyValueNode &entry : *mapping) {
      std::optional<std::string> key = readText(entry.getKey(), "a key");
      if (!key || !problem.empty())
        return;
      if (!llvm::is_contained(known, StringRef(*key)))
        return fail(entry.getKey(),
                    "unknown key '" + *key + "'; known are " + keys);
      if (llvm::is_contained(seen, *key))
        return fail(entry.getKey(), "'" + *key + "' is there twice");
      seen.push_back(*key);
      body(StringRef(*key), entry.getKey(), entry.getValue());
      if (!problem.empty())
        return;
    }
  }

  void readRecipe(llvm::yaml::Node *root) {
    readMapping(
        root, {"activations", "rules"},
        [&](StringRef key, llvm::yaml::Node *keyNode, llvm::yaml::Node *value) {
          if (key == "activations")
            return readActivations(value);
          auto *rules = llvm::dyn_cast_or_null<llvm::yaml::SequenceNode>(value);
          if (!rules)
            return fail(keyNode, "expected a list of rules");
          for (llvm::yaml::Node &rule : *rules)
            if (problem.empty())
              readRule(&rule);
        });
  }

  void readActivations(llvm::yaml::Node *node) {
    std::optional<std::string> text = readText(node, "activations");
    if (!text)
      return;
    if (!llvm::is_contained(kActivations, StringRef(*text)))
      return fail(node, "unknown activations '" + *text + "'; known are " +
                            llvm::join(llvm::ArrayRef(kActivations), ", "));
    if (*text != "auto")
      recipe.activations = *text;
  }

  void readRule(llvm::yaml::Node *node) {
    Rule rule;
    rule.place = placeOf(node);
    readMapping(
        node, {"match", "encoding"},
        [&](StringRef key, llvm::yaml::Node *, llvm::yaml::Node *value) {
          std::optional<std::string> text = readText(value, key);
          if (!text)
            return;
          if (key == "match")
            readMatch(value, *text, rule);
          else
            readEncoding(value, *text, rule);
        });
    if (!problem.empty())
      return;
    if (!rule.match || (rule.encoding.empty() && !rule.preset))
      return fail(node, "a rule needs both 'match:' and 'encoding:'");
    recipe.rules.push_back(std::move(rule));
  }

  void readMatch(llvm::yaml::Node *node, StringRef text, Rule &rule) {
    rule.place = placeOf(node);
    rule.match = std::make_shared<llvm::Regex>(text);
    std::string why;
    if (!rule.match->isValid(why))
      fail(node,
           "'" + text + "' is no POSIX extended regular expression: " + why);
  }

  void readEncoding(llvm::yaml::Node *node, StringRef text, Rule &rule) {
    rule.encodingPlace = placeOf(node);
    std::string lower = text.lower();
    StringRef name = text.contains('<') ? text : StringRef(lower);
    llvm::Error unknown = checkEncodingName(name);
    if (!unknown) {
      rule.encoding = name.str();
      return;
    }
    rule.preset = findPreset(text);
    if (!rule.preset)
      return fail(node, llvm::toString(std::move(unknown)) +
                            "; or a recipe that swage recipes lists");
    llvm::consumeError(std::move(unknown));
  }

  llvm::SourceMgr sources;
  llvm::yaml::Stream stream;
  Recipe recipe;
  std::string problem;
};

} // namespace

llvm::Expected<Recipe> parseRecipe(StringRef file, StringRef text) {
  return RecipeReader(file, text).read();
}

llvm::Expected<Recipe> loadRecipe(StringRef nameOrFile) {
  if (const Preset *preset = findPreset(nameOrFile)) {
    Rule all;
    all.match = std::make_shared<llvm::Regex>(".");
    all.preset = preset;
    return Recipe{preset->name.str(), preset->activations.str(), {all}};
  }
  if (!nameOrFile.contains('.') && !nameOrFile.contains('/')) {
    std::string names;
    for (const Preset &preset : presets())
      names += (names.empty() ? "" : ", ") + preset.name.str();
    return llvm::createStringError("unknown recipe '" + nameOrFile +
                                   "'; known are " + names +
                                   ", and YAML files");
  }
  auto buffer = llvm::MemoryBuffer::getFile(nameOrFile, /*IsText=*/true);
  if (!buffer)
    return llvm::createStringError("cannot read the recipe '" + nameOrFile +
                                   "': " + buffer.getError().message());
  return parseRecipe(nameOrFile, (*buffer)->getBuffer());
}

} // namespace swage::recipe
