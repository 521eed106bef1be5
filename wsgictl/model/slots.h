// SPDX-License-Identifier: Apache-2.0
// Where the value of a row goes: functions made from pointers to members, so that the table is data
// and the decoder needs no knowledge of the structs. Included by keys.cc only.
#pragma once

#include <type_traits>
#include <utility>
#include <vector>

#include "model/keys.h"

namespace wsgictl::model {

template <typename>
struct MemberOf;
template <typename Owner, typename T>
struct MemberOf<T Owner::*> {
  using owner = Owner;
  using type = T;
};

inline void assign(Text& to, Parsed p) { to = {p.text, p.text, p.mark, p.given}; }
inline void assign(Integer& to, Parsed p) { to = {p.number, p.text, p.mark, p.given}; }
inline void assign(Boolean& to, Parsed p) { to = {p.flag, p.text, p.mark, p.given}; }
template <typename T>
void assign(std::vector<T>& to, Parsed p) {
  to.emplace_back();
  assign(to.back(), std::move(p));
}

template <auto M>
void into(void* owner, Parsed p) {
  assign(static_cast<typename MemberOf<decltype(M)>::owner*>(owner)->*M, std::move(p));
}

inline Parsed read(const Text& v) { return {v.value, 0, false, v.mark, v.given, nullptr}; }
inline Parsed read(const Integer& v) { return {v.text, v.value, false, v.mark, v.given, nullptr}; }
inline Parsed read(const Boolean& v) { return {v.text, 0, v.value, v.mark, v.given, nullptr}; }

template <auto M>
Parsed from(const void* owner) {
  return read(static_cast<const typename MemberOf<decltype(M)>::owner*>(owner)->*M);
}

// A route's key also says what kind of route it is.
template <auto M, RouteKind K>
void route_into(void* owner, Parsed p) {
  static_cast<Route*>(owner)->kind = K;
  into<M>(owner, std::move(p));
}

// Kept with its row; a default is not, since it is Apache's or the module's own.
template <auto M>
void setting(void* owner, Parsed p) {
  if (p.given)
    (static_cast<typename MemberOf<decltype(M)>::owner*>(owner)->*M).push_back(std::move(p));
}

// An object that only groups keys: they belong to its owner.
inline void* self(void* owner, const diag::Mark&) { return owner; }

// An element of a list of objects.
template <auto M>
void* item(void* owner, Parsed at) {
  auto& list = static_cast<typename MemberOf<decltype(M)>::owner*>(owner)->*M;
  list.emplace_back();
  list.back().mark = std::move(at.mark);
  return &list.back();
}

template <auto M>
void* member(void* owner, const diag::Mark&) {
  return &(static_cast<typename MemberOf<decltype(M)>::owner*>(owner)->*M);
}

// An object whose keys belong to its owner, and whose presence is a fact.
template <auto Present>
void* optional_member_of(void* owner, const diag::Mark& mark) {
  static_cast<typename MemberOf<decltype(Present)>::owner*>(owner)->*Present = !mark.file.empty();
  return owner;
}

// The same for an object whose presence is a fact of its own. An empty mark: defaults only.
template <auto M, auto Present>
void* optional_member(void* owner, const diag::Mark& mark) {
  static_cast<typename MemberOf<decltype(M)>::owner*>(owner)->*Present = !mark.file.empty();
  return member<M>(owner, mark);
}

template <auto M, auto Name>
void* element(void* owner, Parsed name) {
  auto& list = static_cast<typename MemberOf<decltype(M)>::owner*>(owner)->*M;
  list.emplace_back();
  if constexpr (requires { list.back().mark; }) list.back().mark = name.mark;
  assign(list.back().*Name, std::move(name));
  return &list.back();
}

}  // namespace wsgictl::model
