import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Tells of one made-up person and reads the hub's signed answer. DỮ LIỆU GIẢ ĐỊNH. See docs/connecting.md. */
public final class Client {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String RECEIPT = "vn.caunoi.receipt.v1";
    private static final String USAGE = """
            usage: Client [--http] [--send FILE] AGENCY.JSON   make a statement and send it, or send one again that was printed
                   Client --print AGENCY.JSON                  make one and print it, unsent
                   Client --vectors FOLDER                     the known answers""";

    /** A signed statement with what travels beside it: its id, its case (else its agency), its hash, the JSON the hub takes. */
    record Submission(String id, String caseId, String hash, byte[] body) {}

    /** Exit status: 0 recorded, 1 refused, 2 asked wrongly, 3 nothing was heard that counts: send the same bytes again. */
    public static void main(String[] arguments) throws Exception {
        System.exit(run(new ArrayList<>(List.of(arguments))));
    }

    private static int run(List<String> asked) throws Exception {
        boolean vectors = asked.remove("--vectors"), print = asked.remove("--print"), http = asked.remove("--http");
        int at = asked.indexOf("--send");
        Path again = at >= 0 && at + 1 < asked.size() ? Path.of(asked.remove(at + 1)) : null;
        if (again != null) asked.remove(at);
        Path file = asked.size() == 1 ? Path.of(asked.get(0)) : null;
        if (file == null || vectors != Files.isDirectory(file)) return unheard(2, USAGE);
        if (vectors) {
            System.out.println(Vectors.check(file) + " known answers are the same here");
            return 0;
        }
        JsonNode agency;
        Submission made;
        Path reading = file;
        try {
            agency = JSON.readTree(Files.readAllBytes(file));
            text(agency.required("hub"), "public");
            reading = again == null ? file : again;
            made = again == null ? notice(agency) : printed(Files.readAllBytes(again));
        } catch (IOException | IllegalArgumentException other) { // whose text may show what stands there
            return unheard(2, reading + " cannot be read, or is not what it is taken for\n" + USAGE);
        }
        if (print) {
            System.out.writeBytes(made.body());
            System.out.println();
            return 0;
        }
        if (http) return post(agency, made);
        return agency.path("kafka").isEmpty() ? unheard(2, "no Kafka stands in this file: --http\n" + USAGE) : send(agency, made);
    }

    /** What `--print` wrote, byte for byte: made anew it would be another statement. */
    static Submission printed(byte[] written) throws Exception {
        byte[] body = Sealing.utf8(new String(written, "UTF-8").strip()), line = Sealing.utf8(text(JSON.readTree(body), "header"));
        JsonNode header = JSON.readTree(line);
        String place = text(header, header.hasNonNull("case") ? "case" : "by");
        return new Submission(text(header, "id"), place, hash(Sealing.preAuthentication(line)), body);
    }

    /** A notice that opens a case: the name sealed for ourselves and for each reader, on the ground the law gives. */
    static Submission notice(JsonNode agency) throws Exception {
        String by = text(agency, "agency"), id = Sealing.hex(Sealing.random(16)), caseId = Sealing.hex(Sealing.random(16));
        byte[] content = JSON.writeValueAsBytes(Map.of("values", Map.of("full_name", Map.of("value", "Trần Thị Giả Định"))));
        byte[] key = Sealing.random(32), list = Sealing.keyList("identity", by, 1);
        byte[] body = Sealing.sealSection(content, key, Sealing.sectionPlace(caseId, id, "identity", by, 1), Sealing.random(24));

        ObjectNode header = JSON.createObjectNode().put("type", "case.notified").put("v", 1).put("id", id).put("by", by);
        header.put("kid", text(agency.required("sign"), "kid"));
        header.put("occurred", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString().replace(":00Z", "Z"));
        header.put("case", caseId).putNull("prev").put("code", Sealing.caseCode(Sealing.random(16))).put("pathway", "rescued");
        ObjectNode bodies = JSON.createObjectNode().put(hash(body), Sealing.base64(body)), grants = JSON.createObjectNode();
        header.putArray("sealed").addObject().put("section", "identity").put("author", by).put("epoch", 1)
                .put("length", body.length).put("hash", hash(body));
        header.putArray("to");
        header.putArray("grants");
        ObjectNode ourselves = ((ObjectNode) agency.required("seal")).deepCopy().put("agency", by).put("law", "own");
        grant(header, grants, ourselves, list, key);
        for (JsonNode reader : agency.required("readers")) {
            header.withArray("to").add(text(reader, "agency"));
            grant(header, grants, reader, list, key);
        }

        byte[] line = JSON.writeValueAsBytes(header); // from here on these bytes, and never another spelling of them
        byte[] signed = Sealing.preAuthentication(line);
        String signature = Sealing.base64(Sealing.sign(Sealing.unhex(text(agency.required("sign"), "private")), signed));
        ObjectNode whole = JSON.createObjectNode().put("header", new String(line, "UTF-8"));
        whole.putArray("signatures").addObject().put("kid", text(agency.required("sign"), "kid")).put("sig", signature);
        whole.set("bodies", bodies);
        whole.set("grants", grants);
        return new Submission(id, caseId, hash(signed), JSON.writeValueAsBytes(whole));
    }

    /** Wrap the data key for one agency, and name the wrapped bytes in the header. */
    private static void grant(ObjectNode header, ObjectNode grants, JsonNode to, byte[] list, byte[] key) throws Exception {
        String by = text(header, "by"), ground = "law:" + text(to, "law");
        byte[] place = Sealing.grantPlace(text(header, "case"), by, text(to, "agency"), text(to, "kid"), ground, list);
        byte[] wrapped = Sealing.wrap(Sealing.base64url(text(to, "public")), Sealing.join(list, key), place);
        ObjectNode made = header.withArray("grants").addObject().put("to", text(to, "agency")).put("kid", text(to, "kid"));
        made.putArray("keys").addObject().put("section", "identity").put("author", by).put("epoch", 1);
        made.put("hash", hash(wrapped)).put("law", text(to, "law"));
        grants.put(hash(wrapped), Sealing.base64(wrapped));
    }

    /** The same over HTTP: the answer comes at once. */
    static int post(JsonNode agency, Submission made) throws Exception {
        String token = token(agency, Instant.now().getEpochSecond(), Sealing.hex(Sealing.random(16)));
        var asked = HttpRequest.newBuilder(URI.create(text(agency.required("hub"), "url") + "/v1/statements"))
                .header("Authorization", "Bearer " + token).header("Content-Type", "application/x-ndjson")
                .timeout(PATIENCE.multipliedBy(2)) // the hub says within 30 s that it cannot take it now
                .POST(BodyPublishers.ofByteArray(made.body())).build();
        var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        HttpResponse<byte[]> answer;
        try {
            answer = client.send(asked, BodyHandlers.ofByteArray());
        } catch (IOException away) {
            return unheard(3, "the hub does not answer: send the same bytes again");
        }
        if (answer.statusCode() != 200) return unheard(3, answer.statusCode() + " " + problem(answer.body()));
        String type = JSON.readTree(answer.body()).has("index") ? RECEIPT : "vn.caunoi.refusal.v1";
        byte[] hub = Sealing.base64url(text(agency.required("hub"), "public"));
        if (!Answers.holds(type, answer.body(), made.id(), made.hash(), hub))
            return unheard(3, "not signed by the hub for this statement: " + problem(answer.body()));
        return told(type, JSON.readTree(answer.body()), made);
    }

    /** The stable code of a problem (RFC 9457); empty where it is none. */
    private static String problem(byte[] body) {
        try {
            return JSON.readTree(body).path("code").asText();
        } catch (IOException other) {
            return "";
        }
    }

    private static int unheard(int status, String why) {
        System.err.println(why);
        return status;
    }

    /** token.json: a JWT of five minutes, signed with the agency's key. */
    static String token(JsonNode agency, long now, String id) throws Exception {
        ObjectNode head = JSON.createObjectNode().put("alg", "Ed25519").put("kid", text(agency.required("sign"), "kid"));
        ObjectNode says = JSON.createObjectNode().put("iss", text(agency, "agency")).put("aud", "caunoi-hub");
        says.put("iat", now).put("exp", now + 300).put("jti", id).put("scope", "");
        String signed = base64url(JSON.writeValueAsBytes(head.put("typ", "caunoi-agency+jwt"))) + "."
                + base64url(JSON.writeValueAsBytes(says));
        return signed + "." + base64url(Sealing.sign(Sealing.unhex(text(agency.required("sign"), "private")), Sealing.utf8(signed)));
    }

    private static String base64url(byte[] data) { return Base64.getUrlEncoder().withoutPadding().encodeToString(data); }

    /** Publish it, and wait for the answer. What was recorded before is not published again. */
    static int send(JsonNode agency, Submission made) throws Exception {
        Properties options = new Properties();
        options.putAll(JSON.convertValue(agency.required("kafka"), Map.class));
        byte[] hub = Sealing.base64url(text(agency.required("hub"), "public"));
        String node = text(agency, "node"), receipts = "caunoi.receipts." + node + ".v1";
        Instant end = Instant.now().plus(PATIENCE);
        JsonNode dayKey = null;
        boolean sent = false;
        options.put("auto.offset.reset", "earliest"); // a service would keep its positions with the effects
        try (var consumer = new KafkaConsumer<>(options, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var all = consumer.partitionsFor(receipts).stream().map(p -> new TopicPartition(receipts, p.partition())).toList();
            consumer.assign(all);
            consumer.seekToBeginning(all);
            Map<TopicPartition, Long> ends = consumer.endOffsets(all);
            while (Instant.now().isBefore(end)) {
                for (ConsumerRecord<byte[], byte[]> one : consumer.poll(Duration.ofMillis(200))) {
                    String type = header(one, "ce_type");
                    if (type.equals("vn.caunoi.intake-key.v1")) dayKey = newer(dayKey, JSON.readTree(one.value()), hub);
                    else if (header(one, "ce_id").equals(made.id()) && Answers.holds(type, one.value(), made.id(), made.hash(), hub)) {
                        // A refusal of an earlier sending says nothing of this one.
                        boolean now = one.offset() >= ends.get(new TopicPartition(receipts, one.partition()));
                        if (now || type.equals(RECEIPT)) return told(type, JSON.readTree(one.value()), made);
                    }
                }
                if (dayKey != null && !sent) {
                    options.putAll(Map.of("enable.idempotence", "true", "max.request.size", "16777216"));
                    publish(options, agency, made, Sealing.base64url(text(dayKey, "public")));
                    sent = true;
                }
            }
        }
        return unheard(3, "no answer within " + PATIENCE.toSeconds() + " s: send the same bytes again");
    }

    /** The newer of two keys of the day, of those the hub signed and whose last day is not over in Viet Nam. */
    private static JsonNode newer(JsonNode known, JsonNode told, byte[] hub) throws Exception {
        String today = LocalDate.now(ZoneId.of("Asia/Ho_Chi_Minh")).toString();
        boolean usable = Answers.dayKeyHolds(told, hub) && text(told, "until").compareTo(today) >= 0;
        return usable && (known == null || text(told, "day").compareTo(text(known, "day")) > 0) ? told : known;
    }

    private static void publish(Properties options, JsonNode agency, Submission made, byte[] dayKey) throws Exception {
        String topic = "caunoi.statements." + text(agency, "node") + ".v1";
        byte[] value = Sealing.sealSubmission(made.body(), topic, made.id(), dayKey);
        try (var producer = new KafkaProducer<>(options, new ByteArraySerializer(), new ByteArraySerializer())) {
            int partition = Sealing.partition(made.caseId(), producer.partitionsFor(topic).size());
            var message = new ProducerRecord<>(topic, partition, Sealing.utf8(made.caseId()), value);
            Map<String, String> headers = Map.of("ce_specversion", "1.0", "ce_id", made.id(), "ce_source", text(agency, "agency"),
                    "ce_type", "vn.caunoi.submission.v1", "content-type", "application/vnd.caunoi.submission.v1");
            headers.forEach((name, content) -> message.headers().add(name, Sealing.utf8(content)));
            producer.send(message).get();
        }
    }

    private static int told(String type, JsonNode answer, Submission made) {
        ObjectNode said = JSON.createObjectNode().put("statement", made.id()).put("hash", made.hash());
        boolean recorded = type.equals(RECEIPT);
        System.out.println(recorded ? said.set("index", answer.get("index")) : said.set("refused", answer.get("code")));
        return recorded ? 0 : 1;
    }

    private static String header(ConsumerRecord<byte[], byte[]> one, String name) {
        Header found = one.headers().lastHeader(name);
        return found == null ? "" : new String(found.value());
    }

    static String text(JsonNode node, String name) { return node.required(name).asText(); }

    private static String hash(byte[] content) throws Exception { return Sealing.hex(Sealing.sha256(content)); }
}
