// The file of valid calls, read.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "../src/schema.h"

struct TensorWord {
  int32_t dtype = 6;
  std::vector<int64_t> sizes;
  int64_t below = 0;  // of whole numbers: all are smaller
};

struct Word {
  enum Kind { kNone, kTensor, kTensors, kInteger, kReal, kFlag, kText, kIntegers, kReals };

  Kind kind = kNone;
  std::string text;
  TensorWord tensor;
  std::vector<TensorWord> tensors;
  std::vector<int64_t> integers;
  std::vector<double> reals;

  explicit Word(const std::string& word) : text(word) {
    if (word == "n") {
      return;
    }
    if (word == "true" || word == "false") {
      kind = kFlag;
      integers = {word == "true"};
    } else if (word.front() == '\'') {
      kind = kText;
    } else if (word.front() == '[') {
      read_list(word.substr(1, word.size() - 2));
    } else if (is_tensor(word)) {
      kind = kTensor;
      tensor = read_tensor(word);
    } else if (word.find('.') != std::string::npos) {
      kind = kReal;
      reals = {std::strtod(word.c_str(), nullptr)};
    } else {
      kind = kInteger;
      integers = {std::strtoll(word.c_str(), nullptr, 10)};
    }
  }

 private:
  static bool is_tensor(const std::string& word) { return word[0] == 'f' || word[0] == 'l' || word[0] == 'b'; }

  static TensorWord read_tensor(const std::string& word) {
    TensorWord read;
    read.dtype = word[0] == 'f' ? 6 : word[0] == 'l' ? 4 : 11;
    std::istringstream sizes(word.substr(1, word.find(':') - 1));
    for (std::string size; std::getline(sizes, size, 'x');) {
      read.sizes.push_back(std::strtoll(size.c_str(), nullptr, 10));
    }
    if (word.find(':') != std::string::npos) {
      read.below = std::strtoll(word.c_str() + word.find(':') + 1, nullptr, 10);
    }
    return read;
  }

  void read_list(const std::string& inside) {
    std::istringstream items(inside);
    for (std::string item; std::getline(items, item, ',');) {
      if (is_tensor(item)) {
        tensors.push_back(read_tensor(item));
      } else if (inside.find('.') != std::string::npos) {
        reals.push_back(std::strtod(item.c_str(), nullptr));
      } else {
        integers.push_back(std::strtoll(item.c_str(), nullptr, 10));
      }
    }
    kind = !tensors.empty() ? kTensors : !reals.empty() ? kReals : kIntegers;
  }
};

class ValidCalls {
 public:
  explicit ValidCalls(const char* file) {
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);) {
      if (line.empty() || line.front() == '#') {
        continue;
      }
      std::istringstream words(line);
      std::string name;
      words >> name;
      std::vector<Word> arguments;
      for (std::string word; words >> word;) {
        arguments.emplace_back(word);
      }
      calls_[name].push_back(arguments);
    }
  }

  std::vector<std::vector<Word>> of(const mmt::Schema& schema) const {
    auto found = calls_.find(schema.overload.empty() ? schema.name : schema.name + "." + schema.overload);
    return found == calls_.end() ? std::vector<std::vector<Word>>() : found->second;
  }

 private:
  std::map<std::string, std::vector<std::vector<Word>>> calls_;
};
