//===- ConfigReader.cpp - Typed reading of config.json -------------------===//
//
// Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/import/huggingface/ConfigReader.h"
#include "compiler/import/Json.h"
#include <cmath>

using nlohmann::json;

namespace swage::import {

const json *ConfigReader::find(llvm::StringRef key) {
  known.insert(key);
  auto member = root.find(key.str());
  return member == root.end() || member->is_null() ? nullptr : &*member;
}

const json *ConfigReader::findObject(llvm::StringRef key) {
  const json *value = find(key);
  if (!value || value->is_object())
    return value;
  unexpected({key.str(), value}, "an object");
  return nullptr;
}

void ConfigReader::unexpected(const Statement &found,
                              const llvm::Twine &wanted) {
  error(found.path + ": found " + describeJson(*found.value) + ", expected " +
        wanted);
}

int64_t ConfigReader::readSize(llvm::StringRef key,
                               std::optional<int64_t> whenAbsent) {
  if (const json *value = find(key))
    return asSize({key.str(), value}).value_or(whenAbsent.value_or(1));
  if (!whenAbsent)
    shapeError("'" + key + "' is missing");
  return whenAbsent.value_or(1);
}

bool ConfigReader::readFlag(llvm::StringRef key, bool whenAbsent) {
  const json *value = find(key);
  if (!value)
    return whenAbsent;
  if (value->is_boolean())
    return value->get<bool>();
  unexpected({key.str(), value}, "true or false");
  return whenAbsent;
}

double ConfigReader::readNumber(llvm::StringRef key, double whenAbsent) {
  const json *value = find(key);
  return value ? asNumber({key.str(), value}).value_or(whenAbsent) : whenAbsent;
}

std::optional<int64_t>
ConfigReader::readOptionalSize(llvm::StringRef key,
                               std::optional<int64_t> whenAbsent) {
  const json *value = find(key);
  if (!value)
    return has(key) ? std::nullopt : whenAbsent;
  return asSize({key.str(), value});
}

std::optional<double>
ConfigReader::readOptionalNumber(llvm::StringRef key,
                                 std::optional<double> whenAbsent) {
  const json *value = find(key);
  if (!value)
    return has(key) ? std::nullopt : whenAbsent;
  return asNumber({key.str(), value});
}

std::string ConfigReader::readString(llvm::StringRef key,
                                     llvm::StringRef whenAbsent) {
  const json *value = find(key);
  return value ? asString({key.str(), value}).value_or(whenAbsent.str())
               : whenAbsent.str();
}

std::vector<int64_t>
ConfigReader::readTokens(llvm::StringRef key, int64_t vocabulary,
                         llvm::ArrayRef<int64_t> whenAbsent) {
  known.insert(key);
  auto member = root.find(key.str());
  if (member == root.end())
    return whenAbsent.vec();
  if (member->is_null())
    return {};
  json list = member->is_array() ? *member : json::array({*member});
  std::vector<int64_t> tokens;
  for (const json &token : list) {
    if (!token.is_number_unsigned() ||
        token.get<uint64_t>() >= uint64_t(vocabulary)) {
      unexpected({key.str(), &token},
                 "a token below the vocab_size of " + llvm::Twine(vocabulary));
      return {};
    }
    tokens.push_back(token.get<int64_t>());
  }
  return tokens;
}

std::optional<ConfigReader::Statement>
ConfigReader::reconcile(llvm::ArrayRef<Statement> statements) {
  std::optional<Statement> first;
  for (const Statement &statement : statements) {
    if (!statement.value || statement.value->is_null())
      continue;
    if (!first)
      first = statement;
    else if (*first->value != *statement.value)
      error(first->path + " is " + describeJson(*first->value) + " but " +
            statement.path + " is " + describeJson(*statement.value) +
            "; remove the wrong one");
  }
  return first;
}

std::optional<double> ConfigReader::asNumber(const Statement &statement) {
  if (statement.value->is_number()) {
    double number = statement.value->get<double>();
    if (std::isfinite(number) && number > 0)
      return number;
  }
  unexpected(statement, "a number above zero");
  return std::nullopt;
}

std::optional<int64_t> ConfigReader::asSize(const Statement &statement) {
  if (statement.value->is_number_unsigned()) {
    uint64_t size = statement.value->get<uint64_t>();
    if (size >= 1 && size <= INT32_MAX)
      return int64_t(size);
  }
  knowsShapes = false;
  unexpected(statement, "an integer from 1 to 2147483647");
  return std::nullopt;
}

std::optional<std::string> ConfigReader::asString(const Statement &statement) {
  if (statement.value->is_string())
    return statement.value->get<std::string>();
  unexpected(statement, "a string");
  return std::nullopt;
}

void ConfigReader::warnUnread(llvm::ArrayRef<llvm::StringRef> ignored) {
  for (const auto &[key, value] : root.items())
    if (!known.contains(key) && !llvm::is_contained(ignored, key))
      problems.warning(file + ": '" + key +
                       "' is not known to this compiler and has no effect");
}

void ConfigReader::refuseUnread() {
  for (const auto &[key, value] : root.items())
    if (!known.contains(key) && !value.empty())
      error(key + ": found " + describeJson(value) +
            ", but this compiler does not know what the key means");
}

} // namespace swage::import
