"""Calls of every kind in gRPC, with metadata: `serve PORT`, or `call ADDRESS`."""
import sys
from concurrent import futures

import grpc


def raw(data):
    return data


class Echo(grpc.GenericRpcHandler):
    def service(self, call):
        if call.method.endswith("unary"):
            return grpc.unary_unary_rpc_method_handler(lambda request, context: request)
        return grpc.stream_stream_rpc_method_handler(lambda requests, context: requests)


def serve(port):
    server = grpc.server(futures.ThreadPoolExecutor(4), handlers=[Echo()])
    server.add_insecure_port(f"0.0.0.0:{port}")
    server.start()
    server.wait_for_termination()


def call(address):
    with grpc.insecure_channel(address) as channel:
        unary = channel.unary_unary("/echo/unary", raw, raw)
        stream = channel.stream_stream("/echo/stream", raw, raw)
        for size in 1, 1000, 1_000_000:
            message = b"\r\nX-Client-Hostname: x\r\n"[:size] * (size // 25 + 1)
            print(unary(message, metadata=[("a-bin", b"\0" * 2000)]) == message)
            print(sum(map(len, stream(iter([message] * 3)))) == 3 * len(message))


{"serve": serve, "call": call}[sys.argv[1]](sys.argv[2])
