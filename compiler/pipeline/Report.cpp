//===- Report.cpp - What became of each weight ----------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/pipeline/Report.h"
#include "compiler/artifact/OutputFile.h"
#include "dialects/transformer/Transformer.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <cmath>

using namespace mlir;
using namespace swage;

namespace {

struct Row {
  std::string name, encoding;
  SmallVector<int64_t, 2> shape;
  double bits;
  uint64_t elements, bytesBefore, bytes;
  /// Of what was rounded to its encoding.
  std::optional<compress::QuantizationError> error;
};

struct Report {
  std::string baseModel, recipe, activations;
  std::vector<Row> rows;
  uint64_t elements = 0, bytesBefore = 0, bytes = 0;
  compress::QuantizationError error;

  double bits() const { return elements ? 8.0 * bytes / elements : 0; }
};

} // namespace

/// Views of tensors count by what they take of it.
static uint64_t storedBytes(const weights::TensorInfo &stored,
                            uint64_t elements) {
  if (Type encoding = stored.encoding)
    return uint64_t(
        std::llround(compression::getStorageBits(encoding) * elements / 8));
  return stored.getBytes(int64_t(elements));
}

static Row describeRow(transformer::WeightOp weight,
                       const compress::QuantizedSource &source) {
  auto type = cast<RankedTensorType>(weight.getType());
  Row row;
  row.name = weight.getSymName().str();
  row.shape.assign(type.getShape().begin(), type.getShape().end());
  row.elements = uint64_t(type.getNumElements());
  // Vectors are widened when they are packed.
  Type element = type.getRank() == 1 ? Float32Type::get(type.getContext())
                                     : type.getElementType();
  llvm::raw_string_ostream(row.encoding) << element;
  row.bits = compression::getStorageBits(element);
  row.bytes = uint64_t(std::llround(row.bits * row.elements / 8));
  const weights::TensorInfo *stored = source.getBase().find(row.name);
  row.bytesBefore = stored ? storedBytes(*stored, row.elements) : 0;
  if (compress::QuantizationError error = source.getError(row.name);
      error.squaredValues > 0)
    row.error = error;
  return row;
}

static std::string nameModel(StringRef path) {
  if (llvm::sys::path::filename(path) == "config.json")
    path = llvm::sys::path::parent_path(path);
  while (path.size() > 1 && path.ends_with("/"))
    path = path.drop_back();
  return llvm::sys::path::filename(path).str();
}

static Report makeReport(ModuleOp module,
                         const compress::QuantizedSource &source,
                         const CompileOptions &options, StringRef activations) {
  Report report;
  report.baseModel = nameModel(options.model);
  report.recipe = llvm::sys::path::filename(options.recipe).str();
  report.activations = activations.str();
  for (auto weight : module.getOps<transformer::WeightOp>()) {
    Row row = describeRow(weight, source);
    report.elements += row.elements;
    report.bytesBefore += row.bytesBefore;
    report.bytes += row.bytes;
    if (row.error)
      report.error += *row.error;
    report.rows.push_back(std::move(row));
  }
  return report;
}

static void addError(llvm::json::Object &object,
                     const std::optional<compress::QuantizationError> &error) {
  object["relative_squared_error"] =
      error ? llvm::json::Value(error->relative()) : nullptr;
  object["cosine"] = error ? llvm::json::Value(error->cosine()) : nullptr;
}

static std::string printJson(const Report &report) {
  llvm::json::Array weights;
  for (const Row &row : report.rows) {
    llvm::json::Object weight{{"name", row.name},
                              {"shape", llvm::json::Array(row.shape)},
                              {"encoding", row.encoding},
                              {"bits", row.bits},
                              {"bytes_before", row.bytesBefore},
                              {"bytes", row.bytes}};
    addError(weight, row.error);
    weights.push_back(std::move(weight));
  }
  llvm::json::Object total{{"weights", report.elements},
                           {"bits", report.bits()},
                           {"bytes_before", report.bytesBefore},
                           {"bytes", report.bytes}};
  bool measured = report.error.squaredValues > 0;
  addError(total, measured ? std::optional(report.error) : std::nullopt);
  std::string text;
  llvm::raw_string_ostream(text) << llvm::formatv(
      "{0:2}\n",
      llvm::json::Value(llvm::json::Object{{"base_model", report.baseModel},
                                           {"library_name", "swage"},
                                           {"quantization", report.recipe},
                                           {"activations", report.activations},
                                           {"weights", std::move(weights)},
                                           {"total", std::move(total)}}));
  return text;
}

static void
printError(llvm::raw_ostream &os,
           const std::optional<compress::QuantizationError> &error) {
  if (error)
    os << llvm::format("%.3e | %.6f |\n", error->relative(), error->cosine());
  else
    os << "| |\n";
}

static std::string printMarkdown(const Report &report) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "---\nbase_model: " << report.baseModel
     << "\nlibrary_name: swage\nquantization: " << report.recipe
     << "\ntags:\n- swage\n- " << report.recipe << "\n---\n\n# "
     << report.baseModel << ", " << report.recipe << "\n\n"
     << llvm::format("%.2f", report.bits()) << " bits for each of "
     << report.elements << " weights: " << report.bytes << " bytes, "
     << report.bytesBefore << " before.";
  if (report.activations != "auto")
    os << " They are multiplied with rows of type " << report.activations
       << ".";
  os << " Errors are those of decoded weights: the squared error over the sum "
        "of squared values, and the cosine.\n\n"
        "| weight | shape | encoding | bits | bytes before | bytes | relative "
        "squared error | cosine |\n"
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: |\n";
  for (const Row &row : report.rows) {
    os << "| " << row.name << " | ";
    llvm::interleave(row.shape, os, "x");
    os << " | `" << row.encoding << "` | " << llvm::format("%.2f", row.bits)
       << " | " << row.bytesBefore << " | " << row.bytes << " | ";
    printError(os, row.error);
  }
  os << "| total | " << report.elements << " | | "
     << llvm::format("%.2f", report.bits()) << " | " << report.bytesBefore
     << " | " << report.bytes << " | ";
  bool measured = report.error.squaredValues > 0;
  printError(os, measured ? std::optional(report.error) : std::nullopt);
  return text;
}

llvm::Error swage::writeReport(ModuleOp module,
                               const compress::QuantizedSource &source,
                               const CompileOptions &options,
                               StringRef activations) {
  Report report = makeReport(module, source, options, activations);
  StringRef ending = llvm::sys::path::extension(options.report);
  bool both = ending != ".json" && ending != ".md";
  if (both || ending == ".json")
    if (llvm::Error error = artifact::writeFile(
            options.report + (both ? ".json" : ""), printJson(report)))
      return error;
  if (both || ending == ".md")
    return artifact::writeFile(options.report + (both ? ".md" : ""),
                               printMarkdown(report));
  return llvm::Error::success();
}
