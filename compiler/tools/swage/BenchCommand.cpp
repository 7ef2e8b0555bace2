//===- BenchCommand.cpp - swage bench -------------------------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/tools/swage/ArtifactView.h"
#include "compiler/tools/swage/BenchRun.h"
#include "compiler/tools/swage/Console.h"
#include "compiler/tools/swage/Limits.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <CLI/CLI.hpp>
#include <map>
#include <sys/resource.h>

using namespace swage;
using namespace swage::cli;

namespace {

struct BenchCall {
  std::string path, profile;
  DeviceChoice device;
  BenchOptions options;
  bool json = false;
};

struct BenchReport {
  double loadMilliseconds = 0;
  BenchTimes times;
  uint64_t peakRssBytes = 0, weightBytesPerToken = 0;
  /// Multiply-adds of weights in one prefill; attention's are not counted.
  uint64_t prefillMultiplyAdds = 0;
  uint32_t threads = 0, comparedTokens = 0, batch = 1;
  bool logitsAgree = false, bf16Dot = false;
  Limits limits;

  /// A step reads the weights once for all sequences.
  double bandwidthFraction() const {
    return double(weightBytesPerToken) * times.decodeTokensPerSecond / batch /
           limits.readBandwidth;
  }
  double prefillPeak() const {
    return bf16Dot ? limits.bf16Operations : limits.f32Operations;
  }
  double peakFraction(uint32_t promptTokens) const {
    return 2.0 * double(prefillMultiplyAdds) / promptTokens *
           times.prefillTokensPerSecond / prefillPeak();
  }
};

} // namespace

static uint64_t peakRssBytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return uint64_t(usage.ru_maxrss) * 1024;
}

static bool isMatrixProduct(const ProfileEvent &event) {
  return llvm::StringRef(event.kernel).starts_with("linear");
}

/// Seconds that the machine's limits give a dispatch at least, and which of
/// them it is.
static std::pair<double, const char *> leastSeconds(const ProfileEvent &event,
                                                    const Limits &limits) {
  llvm::StringRef kernel = event.kernel;
  // Names carry the types of weights or cache and of what they are multiplied
  // with. Attention multiplies bf16 in f32 where that is faster.
  double peak = limits.f32Operations;
  if (kernel.contains("_bf16_bf16"))
    peak = isMatrixProduct(event) ? limits.bf16Operations
                                  : std::max(peak, limits.bf16Operations);
  double read =
      limits.readBandwidth > 0 ? double(event.bytes) / limits.readBandwidth : 0;
  double arithmetic = peak > 0 ? 2 * double(event.multiplyAdds) / peak : 0;
  return read > arithmetic ? std::pair(read, "bandwidth")
                           : std::pair(arithmetic, "arithmetic");
}

/// One event of the format that chrome://tracing and Perfetto read.
static llvm::json::Object traceEvent(const ProfileEvent &event, double start,
                                     const char *phase, const Limits &limits) {
  auto [least, limit] = leastSeconds(event, limits);
  double fraction =
      least * 1e9 / double(std::max<uint64_t>(event.nanoseconds, 1));
  return llvm::json::Object{
      {"name", event.kernel},
      {"cat", phase},
      {"ph", "X"},
      {"ts", start / 1e3},
      {"dur", double(event.nanoseconds) / 1e3},
      {"pid", 0},
      {"tid", 0},
      {"args",
       llvm::json::Object{{"part", event.name},
                          {"rows", event.rows},
                          {"grid", int64_t(event.grid)},
                          {"bytes", int64_t(event.bytes)},
                          {"multiply_adds", int64_t(event.multiplyAdds)},
                          {"limit", limit},
                          {"limit_fraction", fraction}}}};
}

/// Adds a phase to the trace and lists its kernels, slowest first.
static void addPhase(const std::vector<ProfileEvent> &events, const char *phase,
                     const Limits &limits, double &clock,
                     llvm::json::Array &trace) {
  std::map<std::string, uint64_t> kernels;
  std::map<std::string, double> least;
  uint64_t total = 0;
  for (const ProfileEvent &event : events) {
    trace.push_back(traceEvent(event, clock, phase, limits));
    clock += double(event.nanoseconds);
    kernels[event.kernel] += event.nanoseconds;
    least[event.kernel] += leastSeconds(event, limits).first;
    total += event.nanoseconds;
  }
  std::vector<std::pair<uint64_t, std::string>> order;
  for (const auto &[kernel, nanoseconds] : kernels)
    order.push_back({nanoseconds, kernel});
  std::sort(order.rbegin(), order.rend());
  note(llvm::Twine(phase) + ":");
  for (const auto &[nanoseconds, kernel] : order) {
    std::string line;
    llvm::raw_string_ostream(line)
        << llvm::format("  %5.1f%%  %9.3f ms  %5.1f%% of its limit  ",
                        100.0 * double(nanoseconds) / double(total),
                        double(nanoseconds) / 1e6,
                        1e11 * least[kernel] / double(nanoseconds))
        << kernel;
    note(line);
  }
}

static void writeProfile(const std::string &path, const Limits &limits,
                         const std::vector<ProfileEvent> &prefill,
                         const std::vector<ProfileEvent> &decode) {
  llvm::json::Array trace;
  double clock = 0;
  addPhase(prefill, "prefill", limits, clock, trace);
  addPhase(decode, "decode", limits, clock, trace);
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << llvm::json::Value(
              llvm::json::Object{{"traceEvents", std::move(trace)}})
       << '\n';
    os.close();
    error = os.error();
  }
  if (error) {
    os.clear_error();
    failWork(path + ": " + error.message());
  }
}

static BenchReport measure(const BenchCall &call) {
  Model model = loadArtifact(call.path, call.device);
  BenchReport report;
  report.loadMilliseconds = model.loadMilliseconds;
  report.threads = model.device.threads();
  report.batch = call.options.batch;
  BenchRun run(model, call.options);
  report.times = run.measure();
  report.peakRssBytes = peakRssBytes();
  report.logitsAgree = run.logitsAgree(report.comparedTokens);
  std::vector<ProfileEvent> prefill = run.profilePrefill();
  for (const ProfileEvent &event : prefill)
    if (isMatrixProduct(event)) {
      report.prefillMultiplyAdds += event.multiplyAdds;
      // Names carry the types of weights and of what they are multiplied with.
      report.bf16Dot |= llvm::StringRef(event.kernel).contains("_bf16_bf16");
    }
  report.limits = measureLimits(report.threads);
  if (!call.profile.empty())
    writeProfile(call.profile, report.limits, prefill, run.profileDecode());
  ArtifactView view(call.path);
  if (view.table().programs()->size())
    report.weightBytesPerToken =
        weightBytesPerToken(*view.table().programs()->Get(0));
  return report;
}

/// The number, or null where the machine's limit is not known.
static llvm::json::Value fraction(double value, double limit) {
  return limit > 0 ? llvm::json::Value(value) : llvm::json::Value(nullptr);
}

static llvm::json::Object toJson(const BenchCall &call,
                                 const BenchReport &report) {
  const BenchTimes &times = report.times;
  return llvm::json::Object{
      {"threads", report.threads},
      {"prompt_tokens", call.options.promptTokens},
      {"generate_tokens", call.options.generateTokens},
      {"batch", call.options.batch},
      {"repetitions", call.options.repetitions},
      {"prefill_tokens_per_second", times.prefillTokensPerSecond},
      {"decode_tokens_per_second", times.decodeTokensPerSecond},
      {"load_milliseconds", report.loadMilliseconds},
      {"first_token_milliseconds", times.firstTokenMilliseconds},
      {"peak_rss_bytes", int64_t(report.peakRssBytes)},
      {"weight_bytes_per_token", int64_t(report.weightBytesPerToken)},
      {"memory_bandwidth_fraction",
       fraction(report.bandwidthFraction(), report.limits.readBandwidth)},
      {"prefill_multiply_adds", int64_t(report.prefillMultiplyAdds)},
      {"prefill_peak_fraction",
       fraction(report.peakFraction(call.options.promptTokens),
                report.prefillPeak())},
      {"limits", toJson(report.limits)},
      {"checked_tokens", report.comparedTokens},
      {"logits_agree", report.logitsAgree},
  };
}

static void printForPeople(const BenchCall &call, const BenchReport &report) {
  llvm::raw_ostream &os = llvm::outs();
  os << llvm::format("prefill  %8.1f tokens/s (%u tokens)",
                     report.times.prefillTokensPerSecond,
                     call.options.promptTokens);
  if (report.prefillPeak() > 0)
    os << llvm::format(", %.1f%% of the %s peak of %.0f GFLOP/s",
                       100 * report.peakFraction(call.options.promptTokens),
                       report.bf16Dot ? "bf16" : "f32",
                       report.prefillPeak() / 1e9);
  os << llvm::format("\ndecode   %8.1f tokens/s (%u tokens)",
                     report.times.decodeTokensPerSecond,
                     call.options.generateTokens);
  if (report.limits.readBandwidth > 0)
    os << llvm::format(", %.1f%% of the bandwidth of %.1f GB/s",
                       100 * report.bandwidthFraction(),
                       report.limits.readBandwidth / 1e9);
  os << llvm::format("\nload     %8.1f ms, first token after %.1f ms\n",
                     report.loadMilliseconds,
                     report.times.firstTokenMilliseconds)
     << "memory   " << formatBytes(report.peakRssBytes) << " at most, "
     << formatBytes(report.weightBytesPerToken) << " of weights a token\n"
     << "logits   of " << report.comparedTokens
     << (report.logitsAgree ? " tokens are the same bits at once and one by one"
                            : " tokens differ at once and one by one")
     << "\nthreads  " << report.threads << ", medians of "
     << call.options.repetitions << '\n';
}

static void run(const BenchCall &call) {
  BenchReport report = measure(call);
  if (call.json)
    printJson(toJson(call, report));
  else
    printForPeople(call, report);
  if (!report.logitsAgree)
    failWork(call.path + ": the prefill and the decode path disagree");
}

void cli::addBenchCommand(CLI::App &app) {
  auto call = std::make_shared<BenchCall>();
  CLI::App &command =
      *app.add_subcommand("bench", "Measure a model's speed on this machine");
  command.add_option("FILE.swg", call->path, "The artifact")->required();
  command
      .add_option("--prompt-tokens", call->options.promptTokens,
                  "Random tokens of the prompt")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command
      .add_option("--generate-tokens", call->options.generateTokens,
                  "Tokens generated behind it, one by one")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  command
      .add_option("--batch", call->options.batch,
                  "Sequences that decode side by side, each behind a prompt of "
                  "its own")
      ->type_name("N")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command
      .add_option("--repetitions", call->options.repetitions,
                  "Runs; their median is told")
      ->type_name("N")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--profile", call->profile,
                  "Where a trace of every dispatch goes, for "
                  "chrome://tracing or Perfetto")
      ->type_name("F.json");
  call->options.session.addTo(command);
  call->device.addTo(command);
  addJsonFlag(command, call->json);
  command.footer(
      "Examples:\n"
      "  swage bench llama.swg --threads 1\n"
      "  swage bench llama.swg --prompt-tokens 2048 --profile trace.json\n"
      "Speeds are told as fractions of what this machine was measured to give "
      "at most,\n"
      "in the same run: weight bytes a token against reading bandwidth, and "
      "multiply-adds\n"
      "of weights against registers alone. The logits of the first tokens "
      "must be the\n"
      "same bits computed at once and one by one; else the status is 1.");
  command.callback([call] { run(*call); });
}
