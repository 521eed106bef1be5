// SPDX-License-Identifier: Apache-2.0
#include "apache/access.h"

#include "apache/log_sink.h"
#include "apache/server_config.h"

namespace wsgi::apache {

int check_access(request_rec* r) {
  if (!dir_config(r).access_script) return DECLINED;
  RequestLog(r).message(ErrorId::req_unsupported,
                        "WSGIAccessScript applies here, which this version cannot run; the request "
                        "is refused");
  return HTTP_FORBIDDEN;
}

}  // namespace wsgi::apache
