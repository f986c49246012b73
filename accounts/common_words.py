"""What Vietnamese people take for a password first: without accents, spaces and capitals.

Alone, twice over, two of them in a row, with digits or signs around, or with digits for letters, each is refused. The
twenty thousand of Django's list, gathered from leaks, stand beside them.
"""

_ABOUT_PASSWORDS = """
matkhau matkhaucuatoi matkhaumoi matkhaucu matkhauday matkhaula doimatkhau quenmatkhau quenroi khongnho khongbiet
khongbietnua khongco khongcopass khongcomatkhau khongchobiet bimat bimatnhe batmi matma maso dangnhap dangky taikhoan
xacnhan matkhaudangnhap maatjkhaaru matjkhaaur password passwd qwerty qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm
qazwsx qazwsxedc abcdef abcxyz xyzabc admin administrator quantri quantrivien khach macdinh
"""
_LOVE_AND_FAMILY = """
anhyeuem emyeuanh anhyeuemnhieu emyeuanhnhieu yeuemnhieu yeuanhnhieu yeuem yeuanh yeuemmaimai yeuanhmaimai maimaiyeuem
maimaiyeuanh maimai maiyeu yeumaimai motdoi motdoiyeuem anhnhoem emnhoanh nhoem nhoanh nhoemnhieu thuongem thuonganh
thuongnho tinhyeu tinhban tinhnghia voyeu chongyeu vochong yeuvo yeuchong giadinh giadinhtoi giadinhlaso giadinhhanhphuc
hanhphuc hanhphucnhe binhyen binhan conyeu conyeucuame conyeucuaba conyeucuabo meyeu meyeucon bayeucon boyeucon bome
bomeyeu mevabo chame contrai congai conrong congchua hoangtu embe beyeu becung beiu banbe banthan anhem chiem ongba
toiyeuem toiyeuanh toiyeubanthan iloveyou saranghae hoahong matroi mattrang bautroi bienxanh cuocsong cuocdoi tuonglai
mayman phatdat phattai phatloc locphat thanhcong chienthang xinchao chaoban chaobuoisang camon tambiet chucmungnammoi
motnam motngay mothaiba mothaibabon mothaibabonnam mothaibabonnamsau hoangtusoiden traitimvang
"""
_PLACES = """
vietnam vietnamvodich toiyeuvietnam vietnamtoiyeu dantocvietnam hochiminh bachochiminh tphochiminh hanoi saigon haiphong
danang cantho hue angiang bacninh camau caobang daklak dienbien dongnai dongthap gialai hatinh hungyen khanhhoa laichau
lamdong langson laocai nghean ninhbinh phutho quangngai quangninh quangtri sonla tayninh thainguyen thanhhoa tuyenquang
vinhlong bacgiang backan baclieu bariavungtau bentre binhdinh binhduong binhphuoc binhthuan daknong hagiang hanam
haiduong haugiang hoabinh kiengiang kontum longan namdinh ninhthuan phuyen quangbinh quangnam soctrang thaibinh
thuathienhue tiengiang travinh vinhphuc yenbai vungtau nhatrang dalat phanthiet phanrang bienhoa thuduc quynhon
buonmathuot pleiku vinh halong sapa phuquoc hongthai tuyphong phanricua quehuong quehuongtoi lang xom thon
thanhpho dongque
"""
_WORK = """
congan conganxa conganphuong congantinh conganhuyen congannhandan canhsat canhsatkhuvuc bodoi quandoi quandoinhandan
matran mattran mattranto mattranxa mattrantoquoc bancongtacmattran totuquan tobaove toliengia tobaoveanninh
anninh anninhtrattu anninhtoquoc baove baovetoquoc tuantra tuantradem totruong topho tovien truongthon truongban phothon
bithu bithuchibo chibo dangvien dangcongsan dangcongsanvietnam doanthanhnien hoiphunu hoinongdan hoicuuchienbinh
cuuchienbinh ubnd uyban uybannhandan hoidongnhandan chutich phochutich canbo congchuc nongdan giaovien hocsinh sinhvien
bacsi khudancu khupho todanpho anthon anthonvn dienthoai sodienthoai maytinh internet wifi zalo facebook
"""
_PEOPLE = """
nguyen nguyenvan nguyenvana nguyenthi nguyenthib nguyenhoang nguyenngoc nguyenminh nguyenduc nguyenthanh nguyentuan
tran tranvan tranthi tranhung tranminh le levan lethi lehoang phamvan phamthi hoangvan hoangthi huynhvan huynhthi
phanvan phanthi vuvan vuthi vovan vothi dangvan dangthi buivan buithi dovan dothi hovan hothi ngovan ngothi
duongvan duongthi
lyvan lythi tuananh minhanh ngocanh hoanganh thanhtung manhhung quochung vanhung thuylinh khanhlinh phuonglinh
phuonganh thuhuong thanhhuong thanhthao phuongthao hongnhung kimanh baochau minhchau giabao quocbao thanhcong minhquan
minhkhang anhtuan quanghai congphuong xuantruong sontung sontungmtp dinhbolinh tranhungdao leloi nguyentrai
nguyenhue quangtrung haibatrung baclieu ronaldo messi manchester chelsea barcelona realmadrid liverpool hagl
"""
VIETNAMESE = frozenset(" ".join((_ABOUT_PASSWORDS, _LOVE_AND_FAMILY, _PLACES, _WORK, _PEOPLE)).split())
