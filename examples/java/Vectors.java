import static java.util.Base64.getDecoder;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Every known answer of contracts/vectors, step by step. A difference ends the program and says where. */
final class Vectors {
    private final Path folder;
    private int checked = 0;

    private Vectors(Path folder) { this.folder = folder; }

    static int check(Path folder) throws Exception {
        Vectors made = new Vectors(folder);
        made.statement();
        made.sealed();
        made.message();
        made.answers();
        return made.checked;
    }

    private void statement() throws Exception {
        for (JsonNode one : read("header.json").get("headers")) {
            byte[] signed = Sealing.preAuthentication(Sealing.utf8(text(one, "line")));
            same("header.json", text(one, "pae"), Sealing.hex(signed));
            same("header.json", text(one, "hash"), Sealing.hex(Sealing.sha256(signed)));
        }
        JsonNode v = read("signature.json"), keys = read("keys.json").get("agencies").get("cong-an-thu").get("sign");
        byte[] line = Sealing.preAuthentication(Sealing.utf8(text(v, "line")));
        same("signature.json", text(v, "signature"), Sealing.hex(Sealing.sign(bytes(keys, "private"), line)));
        same("keys.json", text(keys, "kid"), Sealing.keyId(Sealing.base64url(text(keys, "public"))));
        JsonNode given = read("token.json");
        JsonNode agency = Client.JSON.createObjectNode().put("agency", text(given, "agency")).set("sign", keys);
        same("token.json", text(given, "token"), Client.token(agency, given.get("now").asLong(), text(given, "token_id")));
        v = read("case-code.json");
        int[] fill = {0, 1, 77, 255};
        for (int i = 0; i < fill.length; i++) {
            byte[] random = new byte[16];
            Arrays.fill(random, (byte) fill[i]);
            same("case-code.json", v.get("codes").get(i).asText(), Sealing.caseCode(random));
        }
    }

    private void sealed() throws Exception {
        JsonNode v = read("section.json"), at = v.get("place");
        byte[] place = Sealing.sectionPlace(text(at, "case"), text(at, "statement"), text(at, "section"), text(at, "author"),
                at.get("epoch").asLong());
        byte[] content = Sealing.utf8(text(v, "content")), key = bytes(v, "data_key");
        same("section.json", text(v, "context"), Sealing.hex(place));
        same("section.json", text(v, "padded"), Sealing.hex(Sealing.pad(content)));
        same("section.json", text(v, "sealed"), Sealing.hex(Sealing.sealSection(content, key, place, bytes(v, "salt"))));
        for (JsonNode one : v.get("padded_lengths"))
            same("section.json", one.get(1).asText(), "" + Sealing.paddedLength(4 + one.get(0).asInt()));
        for (JsonNode one : read("grant.json").get("grants")) {
            at = one.get("place");
            byte[] list = Sealing.keyList("identity", text(at, "grantor"), 1);
            byte[] info = Sealing.grantPlace(text(at, "case"), text(at, "grantor"), text(at, "grantee"), text(at, "kid"),
                    text(at, "ground"), list);
            same("grant.json", text(one, "list"), Sealing.hex(list));
            same("grant.json", text(one, "info"), Sealing.hex(info));
            same("grant.json", text(one, "plaintext"), Sealing.hex(Sealing.unwrap(bytes(one, "private"), bytes(one, "wrapped"), info)));
        }
    }

    private void message() throws Exception {
        JsonNode v = read("message.json"), value = v.get("value"), sent = v.get("message");
        byte[] whole = getDecoder().decode(text(sent, "value_base64")), place = bytes(value, "place");
        byte[] wrapped = bytes(value, "wrapped"), key = Sealing.unwrap(bytes(value, "private"), wrapped, place);
        byte[] content = Sealing.openCobblestone(Arrays.copyOfRange(whole, 19 + wrapped.length, whole.length), key, place);
        same("message.json", text(value, "content"), new String(content, "UTF-8"));
        same("message.json", text(value, "kid"), Sealing.hex(Arrays.copyOfRange(whole, 1, 17)));
        v = read("partition.json");
        for (JsonNode one : v.get("places"))
            same("partition.json", text(one, "partition"), "" + Sealing.partition(text(one, "key"), v.get("partitions").asInt()));
    }

    private void answers() throws Exception {
        JsonNode v = read("day-key.json");
        byte[] hub = Sealing.base64url(text(v, "hub"));
        for (JsonNode one : v.get("day_keys")) same("day-key.json", text(one, "holds"), "" + Answers.dayKeyHolds(one.get("day_key"), hub));
        v = read("answer.json");
        for (JsonNode one : v.get("answers")) {
            byte[] value = Sealing.utf8(text(one, "value"));
            boolean holds = Answers.holds(text(one, "type"), value, text(v, "statement"), text(v, "hash"), hub);
            same("answer.json", text(one, "name") + text(one, "holds"), text(one, "name") + holds);
        }
        v = read("feed.json");
        for (JsonNode one : v.get("entries")) {
            byte[] chain = Answers.chained(new byte[32], one.get("number").asLong(), one.get("index").asLong(), Sealing.utf8(text(one, "entry")));
            same("feed.json", text(one, "chain"), Sealing.hex(chain));
        }
        for (JsonNode one : v.get("heads")) same("feed.json", text(one, "holds"), "" + Answers.headHolds(one.get("head"), hub));
    }

    private JsonNode read(String name) throws Exception { return Client.JSON.readTree(Files.readAllBytes(folder.resolve(name))); }

    private void same(String where, String expected, String found) {
        if (!expected.equals(found)) throw new IllegalStateException(where + ": another answer than the known one");
        checked++;
    }

    private static byte[] bytes(JsonNode node, String name) { return Sealing.unhex(text(node, name)); }

    private static String text(JsonNode node, String name) { return node.get(name).asText(); }
}
