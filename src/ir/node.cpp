#include <string>

#include "noyau/error.hpp"
#include "noyau/graph.hpp"

namespace noyau {

template <class T>
const T& Node::get(std::string_view attribute) const {
  const auto found = attributes.find(attribute);
  if (found == attributes.end())
    throw Error(ErrorCode::internal, op + " " + name, "no attribute " + std::string(attribute));
  if (const T* value = std::get_if<T>(&found->second)) return *value;
  throw Error(ErrorCode::internal, op + " " + name,
              "attribute " + std::string(attribute) + " has another type");
}

template const bool& Node::get(std::string_view) const;
template const std::int64_t& Node::get(std::string_view) const;
template const double& Node::get(std::string_view) const;
template const std::vector<std::int64_t>& Node::get(std::string_view) const;
template const std::string& Node::get(std::string_view) const;

}  // namespace noyau
