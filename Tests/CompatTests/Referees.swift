import Testing

/// Somebody else's clients judge the broker: kcat, confluent-kafka, kafka-python, aiokafka.
///
/// Each test starts a real broker process of its own, drives it with client processes, and reads what they say. One test at a
/// time: the clients' own time-outs are theirs, and two cores are few.
@Suite(.serialized) enum Referees {}
