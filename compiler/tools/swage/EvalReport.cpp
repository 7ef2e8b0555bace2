//===- EvalReport.cpp - What eval measured, for people and scripts --------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/EvalReport.h"
#include "compiler/tools/swage/Console.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <algorithm>
#include <cmath>
#include <numeric>

using namespace swage;
using namespace swage::cli;
using llvm::json::Array;
using llvm::json::Object;

double EvalReport::meanKl() const {
  const std::vector<double> &kl = perplexity.divergence.kl;
  return std::accumulate(kl.begin(), kl.end(), 0.0) / double(kl.size());
}

double EvalReport::klQuantile(double part) const {
  std::vector<double> kl = perplexity.divergence.kl;
  size_t rank = std::ceil(part * double(kl.size()));
  auto at = kl.begin() + std::max<size_t>(rank, 1) - 1;
  std::nth_element(kl.begin(), at, kl.end());
  return *at;
}

double EvalReport::topAgreement() const {
  return double(perplexity.divergence.sameTop) / double(perplexity.predictions);
}

Object cli::toJson(const EvalReport &report) {
  const Perplexity &found = report.perplexity;
  Object object{{"tokens", int64_t(found.predictions)},
                {"nll", found.nll},
                {"perplexity", std::exp(found.nll)}};
  if (!report.hasReference())
    return object;
  object["reference_nll"] = found.divergence.nll;
  object["reference_perplexity"] = std::exp(found.divergence.nll);
  object["kl_divergence"] = jsonNumber(report.meanKl());
  object["kl_divergence_median"] = jsonNumber(report.klQuantile(0.5));
  object["kl_divergence_99"] = jsonNumber(report.klQuantile(0.99));
  object["kl_divergence_max"] = jsonNumber(report.klQuantile(1));
  object["top1_agreement"] = report.topAgreement();
  if (report.layers.tensors.empty())
    return object;
  Array layers;
  for (const LayerDiff &layer : byLayer(report.layers))
    layers.push_back(Object{
        {"layer", layer.name},
        {"relative_rms", jsonNumber(layer.output->deviation.relativeRms())},
        {"max_error", jsonNumber(layer.output->deviation.maxError)},
        {"worst_tensor", layer.worst->name},
        {"worst_relative_rms",
         jsonNumber(layer.worst->deviation.relativeRms())}});
  object["per_layer"] = std::move(layers);
  return object;
}

//===----------------------------------------------------------------------===//
// The page
//===----------------------------------------------------------------------===//

namespace {

/// A bar of a plot: what it is called, and how long it is, from 0 to 1.
struct Bar {
  std::string name, value;
  double length;
};

} // namespace

static std::string escape(llvm::StringRef text) {
  std::string out;
  llvm::raw_string_ostream os(out);
  llvm::printHTMLEscaped(text, os);
  return out;
}

static std::string number(const char *format, double value) {
  std::string out;
  llvm::raw_string_ostream(out) << llvm::format(format, value);
  return out;
}

/// Horizontal bars, each with its name and value.
static void printBars(llvm::StringRef title, llvm::ArrayRef<Bar> bars,
                      llvm::raw_ostream &os) {
  constexpr int kLine = 20, kNames = 260, kWidth = 420;
  os << "<h2>" << escape(title) << "</h2>\n<svg role=\"img\" width=\""
     << kNames + kWidth + 110 << "\" height=\"" << kLine * bars.size() + 4
     << "\">\n";
  for (size_t i = 0; i < bars.size(); ++i) {
    size_t top = kLine * i;
    os << "<text x=\"" << kNames - 8 << "\" y=\"" << top + 15
       << "\" text-anchor=\"end\">" << escape(bars[i].name)
       << "</text><rect x=\"" << kNames << "\" y=\"" << top + 3 << "\" width=\""
       << number("%.1f", bars[i].length * kWidth) << "\" height=\"" << kLine - 6
       << "\"/><text x=\""
       << number("%.1f", kNames + bars[i].length * kWidth + 6) << "\" y=\""
       << top + 15 << "\">" << escape(bars[i].value) << "</text>\n";
  }
  os << "</svg>\n";
}

/// How many predictions have which divergence, by powers of ten.
static std::vector<Bar> histogram(llvm::ArrayRef<double> kl) {
  constexpr int kLeast = -8, kMost = 1;
  std::vector<size_t> counts(kMost - kLeast + 1);
  for (double value : kl) {
    double power = value > 0 ? std::floor(std::log10(value)) : kLeast;
    ++counts[size_t(std::clamp(power, double(kLeast), double(kMost))) - kLeast];
  }
  size_t most = *std::max_element(counts.begin(), counts.end());
  std::vector<Bar> bars;
  for (size_t i = 0; i < counts.size(); ++i) {
    int power = kLeast + int(i);
    std::string name = power == kLeast ? "below 1e" + std::to_string(power + 1)
                       : power == kMost
                           ? "1e" + std::to_string(power) + " and above"
                           : "1e" + std::to_string(power) + " to 1e" +
                                 std::to_string(power + 1);
    bars.push_back(
        {name, std::to_string(counts[i]), double(counts[i]) / double(most)});
  }
  return bars;
}

/// The relative errors of what layers give to the next.
static std::vector<Bar> layerErrors(const DiffResult &result) {
  std::vector<Bar> bars;
  double most = 0;
  for (const LayerDiff &layer : byLayer(result)) {
    double error = layer.output->deviation.relativeRms();
    bars.push_back({layer.name, number("%.3g", error), error});
    if (std::isfinite(error))
      most = std::max(most, error);
  }
  for (Bar &bar : bars)
    bar.length = !std::isfinite(bar.length) ? 1
                 : most > 0                 ? bar.length / most
                                            : 0;
  return bars;
}

void cli::printHtml(const EvalReport &report, llvm::raw_ostream &os) {
  const Perplexity &found = report.perplexity;
  os << "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
        "<title>swage eval: "
     << escape(report.model)
     << "</title>\n<style>body{font:14px sans-serif;margin:2em;max-width:60em}"
        "table{border-collapse:collapse}td,th{padding:.2em 1em .2em 0;"
        "text-align:left}td.n{text-align:right;font-variant-numeric:"
        "tabular-nums}rect{fill:#47a}text{font-size:12px}</style></head>"
        "<body>\n<h1>"
     << escape(report.model) << "</h1>\n<table>\n";
  auto row = [&](llvm::StringRef name, llvm::StringRef value) {
    os << "<tr><th>" << escape(name) << "</th><td class=\"n\">" << escape(value)
       << "</td></tr>\n";
  };
  row("text", report.text);
  row("predictions", std::to_string(found.predictions));
  row("perplexity", number("%.4f", std::exp(found.nll)));
  if (report.hasReference()) {
    row("reference", report.reference);
    row("perplexity of the reference",
        number("%.4f", std::exp(found.divergence.nll)));
    row("mean KL divergence, nats", number("%.6g", report.meanKl()));
    row("median", number("%.6g", report.klQuantile(0.5)));
    row("99 of 100 predictions are below",
        number("%.6g", report.klQuantile(0.99)));
    row("largest", number("%.6g", report.klQuantile(1)));
    row("same most likely token",
        number("%.2f %%", 100 * report.topAgreement()));
  }
  os << "</table>\n";
  if (report.hasReference())
    printBars("Predictions by their KL divergence, nats",
              histogram(found.divergence.kl), os);
  if (!report.layers.tensors.empty())
    printBars("Relative error (rms) of what each layer gives to the next",
              layerErrors(report.layers), os);
  os << "</body></html>\n";
}
