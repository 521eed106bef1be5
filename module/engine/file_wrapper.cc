// SPDX-License-Identifier: Apache-2.0
#include "engine/file_wrapper.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <string>

namespace wsgi::engine {
namespace {

struct FileWrapper {
  PyObject_HEAD PyObject* filelike;  // null once closed
  Py_ssize_t blksize;
  bool open;
};

FileWrapper* wrapper_of(PyObject* self) { return reinterpret_cast<FileWrapper*>(self); }

int init(PyObject* self, PyObject* args, PyObject* keywords) {
  static const char* names[] = {"filelike", "blksize", nullptr};
  PyObject* filelike = nullptr;
  Py_ssize_t blksize = 8192;
  if (!PyArg_ParseTupleAndKeywords(args, keywords, "O|n:FileWrapper", const_cast<char**>(names),
                                   &filelike, &blksize)) {
    return -1;
  }
  if (blksize < 0) {
    PyErr_SetString(PyExc_ValueError, "blksize must not be negative");
    return -1;
  }
  FileWrapper* wrapper = wrapper_of(self);
  py::Ref old = py::steal(wrapper->filelike);
  wrapper->filelike = py::borrow(filelike).release();
  wrapper->blksize = blksize;
  wrapper->open = true;
  return 0;
}

PyObject* closed_error() {
  PyErr_SetString(PyExc_ValueError, "I/O operation on closed file");
  return nullptr;
}

PyObject* get_filelike(PyObject* self, void*) {
  PyObject* filelike = wrapper_of(self)->filelike;
  return filelike != nullptr ? py::borrow(filelike).release() : closed_error();
}

PyObject* get_blksize(PyObject* self, void*) {
  return PyLong_FromSsize_t(wrapper_of(self)->blksize);
}

PyObject* iterate(PyObject* self) {
  return wrapper_of(self)->open ? py::borrow(self).release() : closed_error();
}

// A subclass may override both attributes, so they are looked up each time.
PyObject* next(PyObject* self) {
  if (!wrapper_of(self)->open) return closed_error();
  py::Ref filelike = py::steal(PyObject_GetAttrString(self, "filelike"));
  py::Ref blksize = filelike ? py::steal(PyObject_GetAttrString(self, "blksize")) : py::Ref();
  if (!blksize) return nullptr;
  py::Ref block = py::steal(PyObject_CallMethod(filelike.get(), "read", "O", blksize.get()));
  if (!block) return nullptr;
  if (!PyBytes_Check(block.get())) {
    return PyErr_Format(PyExc_TypeError, "file wrapper read() must return bytes, not %.200s",
                        Py_TYPE(block.get())->tp_name);
  }
  return PyBytes_GET_SIZE(block.get()) != 0 ? block.release() : nullptr;
}

PyObject* close(PyObject* self, PyObject*) {
  wrapper_of(self)->open = false;
  py::Ref filelike = py::steal(std::exchange(wrapper_of(self)->filelike, nullptr));
  if (!filelike) return py::none();
  py::Ref function = py::steal(PyObject_GetAttrString(filelike.get(), "close"));
  if (function) py::steal(PyObject_CallNoArgs(function.get())).reset();
  PyErr_Clear();
  return py::none();
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(wrapper_of(self)->filelike);
  return 0;
}

int clear(PyObject* self) {
  py::steal(std::exchange(wrapper_of(self)->filelike, nullptr)).reset();
  return 0;
}

void dealloc(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  clear(self);
  type->tp_free(self);
  Py_DECREF(type);
}

// Calls a method without arguments that must return an int; -1 and no error when it does not.
long long ask(PyObject* object, PyObject* name) {
  py::Ref answer = py::steal(PyObject_CallMethodObjArgs(object, name, nullptr));
  long long value = answer && PyLong_Check(answer.get()) ? PyLong_AsLongLong(answer.get()) : -1;
  PyErr_Clear();
  return value;
}

// Another open of the same file, for reading only: the sender's position is then its own, also
// while other requests send from one file object of the application. Nothing if the application
// could not read from its descriptor either.
Fd private_copy(int descriptor) {
  const int mode = ::fcntl(descriptor, F_GETFL);
  if (mode < 0 || (mode & O_ACCMODE) == O_WRONLY || (mode & O_PATH) != 0) return {};
  const std::string name = "/proc/self/fd/" + std::to_string(descriptor);
  Fd copy(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  // Without /proc (a chroot), or when rights were given up since: the same open file.
  if (!copy && (mode & O_ACCMODE) == O_RDONLY) {
    copy.reset(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  }
  return copy;
}

}  // namespace

py::Ref make_file_wrapper_type() {
  static PyMethodDef methods[] = {
      {"close", py::method<close>(), METH_NOARGS, "Closes the file-like, once."},
      {nullptr, nullptr, 0, nullptr}};
  static PyGetSetDef attributes[] = {
      {"filelike", get_filelike, nullptr, "The wrapped object.", nullptr},
      {"blksize", get_blksize, nullptr, "The size passed to read().", nullptr},
      {nullptr, nullptr, nullptr, nullptr, nullptr}};
  PyType_Slot slots[] = {{Py_tp_init, py::slot<init>()},
                         {Py_tp_new, reinterpret_cast<void*>(PyType_GenericNew)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
                         {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
                         {Py_tp_clear, reinterpret_cast<void*>(clear)},
                         {Py_tp_iter, py::slot<iterate>()},
                         {Py_tp_iternext, py::slot<next>()},
                         {Py_tp_methods, methods},
                         {Py_tp_getset, attributes},
                         {0, nullptr}};
  PyType_Spec spec = {"mod_wsgi.FileWrapper", sizeof(FileWrapper), 0,
                      Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots};
  return py::steal(PyType_FromSpec(&spec));
}

std::optional<FilePart> file_part(State& state, PyObject* result) {
  auto* type = reinterpret_cast<PyTypeObject*>(state.file_wrapper_type.get());
  if (!PyObject_TypeCheck(result, type)) return std::nullopt;
  // A subclass that iterates in its own way means it.
  PyTypeObject* actual = Py_TYPE(result);
  if (actual->tp_iter != type->tp_iter || actual->tp_iternext != type->tp_iternext) {
    return std::nullopt;
  }
  py::Ref filelike = py::borrow(wrapper_of(result)->filelike);
  if (!filelike) return std::nullopt;
  long long descriptor = ask(filelike.get(), state.fileno_name.get());
  struct stat info {};
  if (descriptor < 0 || descriptor > INT32_MAX ||
      ::fstat(static_cast<int>(descriptor), &info) != 0 || !S_ISREG(info.st_mode)) {
    return std::nullopt;
  }
  long long position = ask(filelike.get(), state.tell_name.get());
  if (position < 0) return std::nullopt;
  FilePart part;
  part.file = private_copy(static_cast<int>(descriptor));
  if (!part.file) return std::nullopt;
  part.offset = static_cast<std::uint64_t>(position);
  auto end = static_cast<std::uint64_t>(info.st_size);
  part.size = end > part.offset ? end - part.offset : 0;
  return part;
}

}  // namespace wsgi::engine
