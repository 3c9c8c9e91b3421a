#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// Everything of librdkafka that Swift can't call as it is. Written for librdkafka 2.0.2 (Debian 12).

/// Enqueues a copy of one record.
///
/// `value == NULL` is a tombstone; an empty value has a pointer and the length 0. `opaque` comes back in the delivery
/// report. Returns the error itself: `rd_kafka_last_error()` is per thread and must not be read from Swift.
/// No headers: in 2.0.2 `rd_kafka_produceva` frees single `VTYPE_HEADER`s twice when it refuses a record.
static inline rd_kafka_resp_err_t martlet_rd_kafka_produce(
    rd_kafka_t *client, rd_kafka_topic_t *topic, int32_t partition, const void *key,
    size_t key_length, const void *value, size_t value_length, void *opaque) {
    rd_kafka_vu_t arguments[6];
    arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
    arguments[0].u.rkt = topic;
    arguments[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    arguments[1].u.i32 = partition;
    arguments[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    arguments[2].u.i = RD_KAFKA_MSG_F_COPY;
    arguments[3].vtype = RD_KAFKA_VTYPE_KEY;
    arguments[3].u.mem.ptr = (void *)key;
    arguments[3].u.mem.size = key_length;
    arguments[4].vtype = RD_KAFKA_VTYPE_VALUE;
    arguments[4].u.mem.ptr = (void *)value;
    arguments[4].u.mem.size = value_length;
    arguments[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
    arguments[5].u.ptr = opaque;
    rd_kafka_error_t *error = rd_kafka_produceva(client, arguments, 6);
    if (error == NULL) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}
