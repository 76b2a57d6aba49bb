package signing

// Current are the words by language that are signed at present, in both of which they say the
// same. Whoever changes them gives them another version.
func Current(kind Kind, language string) (t Text, ok bool) {
	pledge, ok := pledges[language]
	if !ok {
		return t, false
	}
	t = Text{Kind: kind, Version: 1, Language: language, Pledge: pledge}
	if kind == Briefing { // version 1 had a pledge of its own, and stands in rows of stand-ins
		t.Version, t.Points = 2, points[language]
	}
	return t, true
}

// Languages are those in which there are words.
func Languages() []string { return []string{"zh", "en"} }

// pledges are one promise for everybody who watches.
var pledges = map[string]string{
	"zh": "本人承诺：对因工作看到、听到的监控画面、录像及其中的人和事，以及安全防范的布置和漏洞严格保密；只为工作需要查看，不翻拍、不复制、不向任何无关人员透露或提供；不出借账户、密码和门禁卡；发现泄露立即报告。离开岗位后继续履行本承诺。违反承诺的，依法依规承担责任。",
	"en": "I promise to keep strictly secret what I see and hear of live pictures and recordings through my work, the people and matters in them, and how security is arranged and where it is weak; to look only where my work needs it; to photograph or copy nothing, and to tell or give nothing to anybody who has no business with it; to lend nobody my account, password or card; and to report at once when something has leaked. I keep this promise after I have left this post. If I break it I answer for it under the law and the rules of the house.",
}

// points are what a stand-in reads first.
var points = map[string][]string{
	"zh": {
		"您顶岗一个班次。账户随班次结束，您能看到的不超过登记您的负责人此刻能看到的。",
		"您可以查看实时画面和系统报警；不能回放、截图、导出，也不能更改任何设置。需要时请找值班长。",
		"您看到什么、何时看到，都记录在案。画面上有您的姓名和追溯码。",
		"发现可疑情况：先报告当班负责人，并拨打 110；火警拨打 119。持续跟踪画面，不离开岗位。",
		"民警或其他人要求查看、复制：不拒绝也不提供，立即通知值班长，由其登记和办理。",
		"不得拍摄屏幕，不得转述所见的人和事，不得把账户、密码或门禁卡借给他人。",
		"监控设备只用于监控。不得插接 U 盘、手机或其他设备，不得运行其他程序。",
		"无关人员不得进入监控室；来访者须经批准并登记。",
		"设备断电、冒烟、异味、无图像、无录像：立即报告，不自行拆修；有危险时先断电、灭火、撤离。",
		"有人接替之前不得离岗。身体不适或无法继续，立即告知值班长。",
		"您已阅读并理解以上各条，才可签署以下承诺。",
	},
	"en": {
		"You stand in for one shift. Your account ends with it, and you see no more than whoever let you in may see at that moment.",
		"You may watch live and see the alarms of the system; you may not replay, take pictures, export or change any setting. Ask the duty lead where that is needed.",
		"What you look at, and when, is on record. The picture bears your name and a mark that leads back to you.",
		"When something is suspicious: report it to the person in charge and call 110; in a fire call 119. Keep it in the picture and do not leave your post.",
		"When police or anybody else ask to see or copy something: neither refuse nor give it; call the duty lead at once, who registers and decides.",
		"Do not photograph the screen, do not tell of people and matters that you saw, and lend nobody your account, password or card.",
		"The equipment serves monitoring only. Plug in no USB stick, telephone or other device, and run no other program.",
		"Nobody enters the control room who has no business there; visitors need approval and are registered.",
		"When power fails, or there is smoke, a burning smell, no picture or no recording: report it at once and do not repair it yourself; in danger cut the power, put out the fire and get out first.",
		"Do not leave before somebody takes over. If you are unwell or cannot go on, tell the duty lead at once.",
		"Sign the promise below only when you have read and understood all of this.",
	},
}
