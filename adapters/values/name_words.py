"""Words of Vietnamese names and addresses, by which one of two readings of a text is known to be meant.

Surnames and given names as they are common in the north and the highlands; none is about a person.
"""

from __future__ import annotations

from typing import Final

_SURNAMES: Final = """
nguyễn trần lê phạm hoàng huỳnh vũ võ đặng bùi đỗ hồ ngô dương lý đào đoàn vương trịnh trương đinh lâm phùng tô
tạ hà lò lường lù quàng cà tòng vàng giàng thào sùng vừ lầu hạng cứ mùa má chảo lèng lục nông hứa triệu bàn phàn tẩn lừ
vì bạc cầm điêu lữ lộc ngân quách tráng thền cháng sín tải lùng nùng bế bá lô thạch sơn
"""
_GIVEN: Final = """
thị văn đức hữu ánh ân ấn ẩn bách bảo bảy bằng bích bình bính bốn bông cảnh cẩm cẩn chiến chiêu chí chính chương cúc
cường dần dậu diễm diệp diệu diện doãn dũng dưỡng đại đạo đạt đăng điềm điền điệp định đông đồng đường được gấm giáp hải
hạ hạnh hảo hậu hằng hiền hiển hiếu hiệp hiệu hoài hoàn hòa hoạt hội hồng hợi hợp huệ huấn hùng huyền hường hưởng hưng
hướng khải khánh khiêm khôi khởi khương kiên kiều kính kỳ lài lân lập lễ lệ liên liễu lĩnh lợi luân luận lụa lực lưu
lượng lương mận mẫn mạnh mến miền mỹ mừng mười ngà ngần nghĩa nghị ngọc nguyên nguyệt nhã nhài nhàn nhân nhạn nhật nhẫn
nhị như nhựt nhơn phấn phát phú phúc phước phương phượng quân quảng quế quốc quý quyên quyền quyết quỳnh sáng sâm sĩ
tài tám tâm tân tấn tạo thái thắm thắng thành thảo thế thêm thiên thiện thiều thịnh thọ thoại thơ thơm thới thuận thuần
thục thùy thúy thủy thư thường thương thực tiên tiến tiệp tín tình tĩnh tính toàn toán trà trâm trân trí trọng trúc
trường trực tuân tuấn tuệ tú tùng tuyên tuyền tuyến tuyết tuyển tường tưởng tý uyên út vân vĩ vĩnh vượng xuân xuyến
xuyên yên yến hoà hoá thuý khoá toà
"""
_ADDRESSES: Final = """
xã phường huyện tỉnh bản thôn tổ phố số quận ấp đội tiểu công ngày tháng năm nhà bố mẹ vợ chồng chị cháu ông bà hỗ
trợ đã về là có và từ học nghề tại ở
"""
_HIGHLAND: Final = """
a y h k ka seo láo mí giàng vàng sùng thào mùa vừ lầu hạng cứ má và chảo tẩn phàn lèng tráng thền cháng xeo
bling blúp bh'nướch bhnướch bríu bhríu coor cơlâu alăng arất aral avô abing ating arâl pơloong ploong zơrâm zrâm hốih
riah
"""
_BEFORE_GIVEN: Final = "a seo xeo láo mí"
HIGHLAND: Final = frozenset(_HIGHLAND.split())
"""Surnames and particles beside which a word that is in none of these lists may well be somebody's name."""
SURNAMES: Final = frozenset(_SURNAMES.split())
MIDDLE: Final = frozenset({"thị", "văn", "hữu", "đức", "a", "y", "h", "h'", "k", "k'", "ka", "seo", "xeo", "láo", "mí"})
"""Words after which a name goes on."""
NAMES: Final = frozenset(f"{_SURNAMES}{_GIVEN}".split())
BEFORE_GIVEN: Final = frozenset(_BEFORE_GIVEN.split())
"""Words of the north's names after which a given name stands, never "Thị"."""
KNOWN: Final = frozenset(f"{_SURNAMES} thị văn đức hữu thúy hùng dũng phúc tú thủy hòa hồng {_ADDRESSES}".split())
"""The few that decide between two readings of a cell in a column of both."""
