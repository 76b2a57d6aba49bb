package password

import (
	"regexp"
	"strconv"
	"strings"
)

// What people here make passwords of, and so what is tried next after the lists: names in
// pinyin, alone or with initials, and around them a year, a birthday, a number that counts up
// or is lucky; telephone numbers; the same twice.

// digitsAndMarks are what is put around a word.
const digitsAndMarks = "0123456789!@#$%^&*()-_=+.,;:?/\\|~`'\"<>[]{} "

// core gives the word of a password and what stands around it.
func core(p string) (word, around string) {
	word = strings.TrimLeft(p, digitsAndMarks)
	before := p[:len(p)-len(word)]
	trimmed := strings.TrimRight(word, digitsAndMarks)
	return trimmed, before + word[len(trimmed):]
}

// lucky are the numbers that mean something when read aloud, and those that a keyboard gives.
var lucky = regexp.MustCompile(`^(?:520|521|1314|5201314|1314520|168|1688|666|888|999|6666|8888|9999|66666|88888|666666|888888|147258|147258369|258369|159357|159753|112233|123321|1234321|789456|789456123|0000|110|119|120)$`)

// usual tells whether digits and marks are such as people put around a word: few of them,
// a year, a date, a count, a lucky number.
func usual(around string) bool {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, around)
	if marks := len(around) - len(digits); marks > 3 && !counted(onDigits(around)) {
		return false
	}
	return len(digits) <= 4 || counted(digits) || lucky.MatchString(digits) || date(digits)
}

// onDigits are the digits on whose keys the marks of a password stand.
func onDigits(around string) string {
	return strings.Map(func(r rune) rune {
		if i := strings.IndexRune(")!@#$%^&*(", r); i >= 0 {
			return rune('0' + i)
		}
		return -1
	}, around)
}

// woven tells whether two counts are woven into each other, as in a1b2c3d4.
func woven(p string) bool {
	var a, b []byte
	for i := range len(p) {
		if i%2 == 0 {
			a = append(a, p[i])
		} else {
			b = append(b, p[i])
		}
	}
	even := func(s []byte) bool {
		for i := 2; i < len(s); i++ {
			if s[i]-s[i-1] != s[1]-s[0] {
				return false
			}
		}
		return len(s) > 2
	}
	return even(a) && even(b)
}

// counted tells whether digits only count, up or down, or are one of them again and again.
func counted(digits string) bool {
	for _, step := range []int{0, 1, 9} {
		all := true
		for i := 1; i < len(digits); i++ {
			all = all && (int(digits[i])-int(digits[i-1])+10)%10 == step
		}
		if all {
			return true
		}
	}
	return len(digits) > 4 && len(repeated(digits)) <= 3
}

// date tells whether digits are a day of a living person, with or without its century.
func date(digits string) bool {
	if len(digits) == 6 {
		return date("19"+digits) || date("20"+digits)
	}
	if len(digits) != 8 {
		return false
	}
	year, _ := strconv.Atoi(digits[:4]) // digits they are
	month, _ := strconv.Atoi(digits[4:6])
	day, _ := strconv.Atoi(digits[6:])
	return year >= 1900 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

// pinyin is a surname with one or two syllables, in either order, or up to three syllables of
// anything.
var pinyin = func() *regexp.Regexp {
	const surname = `(?:wang|li|zhang|liu|chen|yang|huang|zhao|wu|zhou|xu|sun|ma|zhu|hu|guo|he|lin|gao|luo|zheng|liang|xie|song|tang|han|feng|deng|cao|peng|zeng|xiao|tian|dong|yuan|pan|cai|jiang|yu|du|ye|cheng|su|wei|lv|lu|ding|ren|shen|yao|fu|zhong|jin|tan|shi|liao|fan|jia|xia|fang|zou|xiong|bai|meng|qin|qiu|hou|long|duan|lei|qian|yin|chang|qiao|lai|gong|wen|shao|mo|kong|hong|dai|dou|ouyang|sima|zhuge|shangguan)`
	// A surname is a syllable, but for some of two.
	return regexp.MustCompile(`^(?:` + surname + syllable + `{1,2}|` + syllable + `{1,3}|` + syllable + `{1,2}` + surname + `)$`)
}()

// syllable is one of pinyin.
const syllable = `(?:(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])?(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue|er|a|o|e|i|u|v))`

// houseWords are what stands on the doors and the devices of a control room, one or some in a row,
// or the name of the place and then one.
var houseWords = func() *regexp.Regexp {
	const word = `(?:admin|administrator|root|guest|guard|user|operator|camera|video|monitor|security|password|watchroom|hikvision|hik|dahua|uniview|ezviz|` +
		`jiankong|jiankongshi|shipin|zhongxin|anbao|anfang|baoan|baoanbu|baowei|baoweichu|baoweike|baoweibu|menwei|zhiban|shexiangtou|xiaofang|mima|denglu|` +
		`xuexiao|daxue|zhongxue|xiaoxue|gaozhong|xueyuan|youeryuan|yiyuan|gongsi|jituan|wuye|dasha|yuanqu|anquan|abc|abcd|qwe|qwer|qwert|asd|asdf|zxc|zxcv|zxcvb|qaz|wsx|qazwsx)`
	return regexp.MustCompile(`^(?:` + syllable + `{0,3}` + word + `{1,3})$`)
}()

// telephone is a mobile number of the mainland.
var telephone = regexp.MustCompile(`^1[3-9][0-9]{9}$`)

// habitual tells whether a password is made as people make them.
func habitual(p string) bool {
	if half := repeated(p); half != p && len(half) <= 8 {
		return true
	}
	if woven(p) {
		return true
	}
	word, around := core(p)
	if word == "" { // digits and marks alone
		digits := strings.Trim(p, "!@#$%^&*.-_ ")
		return telephone.MatchString(digits) || date(digits) || len(digits) == 16 && date(digits[:8]) && date(digits[8:])
	}
	if telephone.MatchString(around) && len(word) <= 3 {
		return true
	}
	if !usual(around) {
		return false
	}
	return len(word) <= 3 && isLetters(word) || pinyin.MatchString(word) || houseWords.MatchString(word)
}

func isLetters(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz") == ""
}
