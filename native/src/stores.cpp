// The stores in which processes meet: a server's, or a file's.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "failure.h"
#include "gloo.h"
#include "mmtorch.h"

using namespace mmt;

namespace {

mmt_store handle_of(std::shared_ptr<Store> store) {
  return reinterpret_cast<mmt_store>(new std::shared_ptr<Store>(std::move(store)));
}

}  // namespace

extern "C" {

int32_t mmt_tcp_store_new(const char* host, int32_t port, int32_t server, int64_t timeout, mmt_store* out, char** error) {
  return guarded(error, [&] {
    if (port < 1 || port > 65535) {
      return fail(error, "the port is %d; it must be from 1 to 65535", port);
    }
    TcpStoreOptions options;
    options.port = static_cast<uint16_t>(port);
    options.is_server = server != 0;
    options.timeout = timeout;
    std::string name = host;
    auto store = std::make_shared<Store>();
    store->functions = &gloo().tcp;
    store->object = Object::make([&](void* room) { gloo().new_tcp_store(room, &name, &options); });
    *out = handle_of(std::move(store));
    return MMT_OK;
  });
}

int32_t mmt_file_store_new(const char* path, int32_t size, mmt_store* out, char** error) {
  return guarded(error, [&] {
    std::string name = path;
    auto store = std::make_shared<Store>();
    store->functions = &gloo().file;
    store->object = Object::make([&](void* room) { gloo().new_file_store(room, &name, size); });
    *out = handle_of(std::move(store));
    return MMT_OK;
  });
}

void mmt_store_free(mmt_store store) {
  delete reinterpret_cast<std::shared_ptr<Store>*>(store);
}

int32_t mmt_store_set(mmt_store store, const char* key, const char* value, char** error) {
  return guarded(error, [&] {
    store_of(store)->functions->set(store_of(store)->object, key, Bytes(value, value + std::strlen(value)));
    return MMT_OK;
  });
}

int32_t mmt_store_get(mmt_store store, const char* key, char** out, char** error) {
  return guarded(error, [&] {
    Store* self = store_of(store).get();
    if (!self->functions->check(self->object, {key})) {
      *out = nullptr;
      return MMT_OK;
    }
    Bytes value = self->functions->get(self->object, key);
    char* text = strdup(std::string(value.begin(), value.end()).c_str());
    if (text == nullptr) {
      return fail(error, "out of memory");
    }
    *out = text;
    return MMT_OK;
  });
}

int32_t mmt_store_add(mmt_store store, const char* key, int64_t amount, int64_t* out, char** error) {
  return guarded(error, [&] {
    *out = store_of(store)->functions->add(store_of(store)->object, key, amount);
    return MMT_OK;
  });
}

}  // extern "C"
