#pragma once

#include <algorithm>
#include <string>

#include "support.h"

// What is in a value that native code decoded; anything else than what was asked for is a failure.
namespace rules {

template <class T>
T as(sspi::Value value) {
  T* const held = std::get_if<T>(&value.held);
  EXPECT(held != nullptr);
  return held == nullptr ? T{} : std::move(*held);
}

inline bool isAbsent(const sspi::Value& value) { return std::holds_alternative<std::monostate>(value.held); }

// A field of a record, by its name.
inline sspi::Value field(sspi::Value value, const std::string& name) {
  auto record = as<sspi::Record>(std::move(value));
  std::string names = record.kind->names;
  for (sspi::Value& each : record.fields) {
    const size_t end = std::min(names.find(','), names.size());
    if (names.substr(0, end) == name) return std::move(each);
    names.erase(0, end + 1);
  }
  EXPECT(name == "a field of the record");
  return {};
}

inline Bytes octets(sspi::Value value) {
  const auto held = as<sspi::ValueBytes>(std::move(value));
  return held.size() == 0 ? Bytes() : Bytes(held.data(), held.data() + held.size());
}

inline std::wstring textOf(sspi::Value value, const std::string& name) {
  return as<std::wstring>(field(std::move(value), name));
}

inline uint32_t numberOf(sspi::Value value, const std::string& name) {
  return as<uint32_t>(field(std::move(value), name));
}

}  // namespace rules
