"""Words that homes are made of: rooms, floors and the names that people give to their devices.

Every entry is a pair (English, Chinese); a name may hold `{a}`, which stands for the room's name.
The lists of a split are disjoint where it matters: homes of the held-out split use rooms and names
that no training home has (see `HELD`).
"""

from __future__ import annotations

AREAS = [
    ("Living Room", "客厅"), ("Kitchen", "厨房"), ("Bedroom", "卧室"), ("Bathroom", "浴室"),
    ("Hallway", "走廊"), ("Dining Room", "餐厅"), ("Office", "办公室"), ("Study", "书房"),
    ("Garage", "车库"), ("Garden", "花园"), ("Basement", "地下室"), ("Attic", "阁楼"),
    ("Balcony", "阳台"), ("Laundry Room", "洗衣房"), ("Guest Room", "客房"), ("Nursery", "婴儿房"),
    ("Kids Room", "儿童房"), ("Master Bedroom", "主卧"), ("Second Bedroom", "次卧"), ("Entrance", "玄关"),
    ("Toilet", "卫生间"), ("Shower Room", "淋浴间"), ("Pantry", "储藏室"), ("Porch", "门廊"),
    ("Driveway", "车道"), ("Patio", "露台"), ("Workshop", "工作间"), ("Cellar", "酒窖"),
    ("Gym", "健身房"), ("Library", "图书室"), ("Playroom", "游戏室"), ("Conservatory", "阳光房"),
    ("Utility Room", "设备间"), ("Backyard", "后院"), ("Front Yard", "前院"), ("Terrace", "天台"),
    ("Closet", "衣帽间"), ("Landing", "楼梯间"), ("Den", "休息室"), ("Family Room", "家庭室"),
    ("Mia's Room", "小米的房间"), ("Tom's Room", "乐乐的房间"), ("Grandma's Room", "奶奶的房间"),
    ("Parents' Bedroom", "爸妈房间"), ("Upstairs Bathroom", "楼上浴室"), ("Stairs", "楼梯"),
    ("Music Room", "琴房"), ("Greenhouse", "温室"), ("Shed", "杂物间"), ("Pool", "泳池"),
    # the held-out homes' own
    ("Lounge", "起居室"), ("Sunroom", "日光室"), ("Home Office", "居家办公室"), ("Loft", "跃层"),
    ("Foyer", "门厅"), ("Mudroom", "更衣间"), ("Cloakroom", "洗手间"), ("Ensuite", "主卫"),
    ("Scullery", "中厨"), ("Snug", "茶室"), ("Deck", "平台"), ("Carport", "停车棚"),
    ("Ella's Bedroom", "豆豆的卧室"), ("Guest Bathroom", "客卫"), ("Media Room", "影音室"), ("Corridor", "过道"),
]
HELD_AREAS = 16

FLOORS = [("Ground Floor", "一楼"), ("First Floor", "二楼"), ("Second Floor", "三楼"), ("Upstairs", "楼上"),
          ("Downstairs", "楼下"), ("Basement Level", "负一楼"), ("Top Floor", "顶楼"), ("Main Floor", "主楼层")]

# domain or domain.device_class -> names. The last fifth of each list is kept for the held-out homes.
NAMES: dict[str, list[tuple[str, str]]] = {
    "light": [
        ("{a} Light", "{a}灯"), ("Ceiling Light", "吸顶灯"), ("Floor Lamp", "落地灯"), ("Table Lamp", "台灯"),
        ("Desk Lamp", "书桌灯"), ("Bedside Lamp", "床头灯"), ("Reading Light", "阅读灯"), ("{a} Lamp", "{a}的灯"),
        ("Chandelier", "吊灯"), ("LED Strip", "灯带"), ("Night Light", "夜灯"), ("Spots", "射灯"),
        ("Downlights", "筒灯"), ("Counter Lights", "橱柜灯"), ("Mirror Light", "镜前灯"), ("Wall Light", "壁灯"),
        ("{a} Main Light", "{a}主灯"), ("Main Light", "主灯"), ("TV Backlight", "电视背景灯"), ("Fairy Lights", "串灯"),
        ("{a} Ceiling", "{a}顶灯"), ("Hue Bulb", "智能灯泡"), ("Left Lamp", "左边的灯"), ("Right Lamp", "右边的灯"),
        ("Porch Light", "门廊灯"), ("Flood Light", "泛光灯"), ("Path Lights", "小路灯"), ("Stair Light", "楼梯灯"),
        ("Island Lights", "岛台灯"), ("Corner Lamp", "角落灯"), ("Lava Lamp", "氛围灯"), ("Ambient Light", "氛围灯带"),
        ("Closet Light", "衣柜灯"), ("Lights", "灯"), ("Lamp", "小灯"), ("Big Light", "大灯"),
        ("Pendant Light", "餐吊灯"), ("Uplighter", "洗墙灯"), ("Vanity Light", "化妆灯"), ("Work Light", "工作灯"),
        ("Lantern", "灯笼"), ("Cove Lighting", "灯槽"), ("Picture Light", "画框灯"), ("Bunk Light", "上铺灯"),
    ],
    "switch": [
        ("Fountain", "喷泉"), ("Doorbell Chime", "门铃"), ("Irrigation", "灌溉"), ("Towel Rail", "毛巾架"),
        ("Towel Warmer", "电热毛巾架"), ("Floor Heating", "地暖"), ("Aquarium", "鱼缸"), ("Aquarium Pump", "鱼缸水泵"),
        ("Pool Pump", "泳池水泵"), ("Electric Blanket", "电热毯"), ("Boiler", "锅炉"), ("Extractor", "抽油烟机"),
        ("Sprinkler", "喷淋"), ("Mosquito Lamp", "灭蚊灯"), ("Sauna", "桑拿"), ("Hot Tub", "热水浴缸"),
        ("Pond Pump", "池塘水泵"), ("Circulation Pump", "循环泵"),
    ],
    "switch.outlet": [
        ("Coffee Maker", "咖啡机"), ("Coffee Machine", "咖啡壶"), ("Kettle", "电水壶"), ("Toaster", "烤面包机"),
        ("Washing Machine", "洗衣机"), ("Dishwasher", "洗碗机"), ("Dryer", "烘干机"), ("Heater", "取暖器"),
        ("Computer", "电脑"), ("Printer", "打印机"), ("Router", "路由器"), ("Christmas Tree", "圣诞树"),
        ("{a} Plug", "{a}插座"), ("{a} Outlet", "{a}的插座"), ("Smart Plug", "智能插座"), ("Rice Cooker", "电饭煲"),
        ("Oven", "烤箱"), ("Microwave", "微波炉"), ("Monitor", "显示器"), ("Game Console", "游戏机"),
        ("Phone Charger", "手机充电器"), ("Air Fryer", "空气炸锅"), ("Iron", "电熨斗"), ("Water Dispenser", "饮水机"),
        ("Espresso Machine", "意式咖啡机"), ("Slow Cooker", "电炖锅"), ("3D Printer", "3D打印机"), ("Server", "服务器"),
        ("Bottle Warmer", "暖奶器"),
    ],
    "fan": [
        ("Fan", "风扇"), ("Ceiling Fan", "吊扇"), ("{a} Fan", "{a}风扇"), ("Desk Fan", "台扇"),
        ("Exhaust Fan", "排风扇"), ("Air Purifier", "空气净化器"), ("Ventilation", "新风"), ("Standing Fan", "落地扇"),
        ("Tower Fan", "塔扇"), ("Bathroom Fan", "换气扇"), ("Extractor Fan", "排气扇"), ("Air Circulator", "循环扇"),
    ],
    "cover.blind": [
        ("Blinds", "百叶窗"), ("{a} Blinds", "{a}百叶窗"), ("Left Blind", "左百叶"), ("Right Blind", "右百叶"),
        ("Roller Blind", "卷帘"), ("Venetian Blinds", "百叶帘"),
    ],
    "cover.curtain": [
        ("Curtains", "窗帘"), ("{a} Curtain", "{a}窗帘"), ("Curtain", "布帘"), ("Sheer Curtain", "纱帘"),
        ("Drapes", "帘子"), ("Net Curtain", "白纱"),
    ],
    "cover.shutter": [("Shutters", "卷帘窗"), ("{a} Shutter", "{a}卷闸"), ("Roller Shutter", "外卷帘")],
    "cover.shade": [("Shade", "遮光帘"), ("Window Shade", "蜂巢帘"), ("{a} Shade", "{a}遮阳帘"), ("Skylight Shade", "天窗帘")],
    "cover.awning": [("Awning", "遮阳篷"), ("Sun Sail", "遮阳棚"), ("Patio Awning", "雨棚")],
    "cover.garage": [("Garage Door", "车库门"), ("Left Garage Door", "左车库门"), ("Roll-up Door", "卷闸门")],
    "cover.gate": [("Gate", "大门"), ("Driveway Gate", "车道门"), ("Front Gate", "院门")],
    "cover.window": [("Skylight", "天窗"), ("Roof Window", "电动窗"), ("Window Opener", "开窗器")],
    "valve": [("Water Valve", "水阀"), ("Irrigation Valve", "灌溉阀"), ("Main Valve", "总水阀"), ("Garden Tap", "花园水龙头"),
              ("Gas Valve", "燃气阀"), ("Drip Line", "滴灌")],
    "climate": [
        ("Thermostat", "温控器"), ("{a} Thermostat", "{a}温控器"), ("Air Conditioner", "空调"), ("{a} AC", "{a}空调"),
        ("AC", "冷气"), ("Heating", "暖气"), ("Radiator", "暖气片"), ("Heat Pump", "热泵"),
        ("Underfloor Heating", "地热"), ("Climate", "中央空调"), ("Split Unit", "挂机"), ("Radiator Valve", "散热器"),
    ],
    "humidifier": [("Humidifier", "加湿器"), ("Dehumidifier", "除湿机"), ("{a} Humidifier", "{a}加湿器"), ("Air Humidifier", "空气加湿器")],
    "water_heater": [("Water Heater", "热水器"), ("Boiler Tank", "储水式热水器"), ("Hot Water", "热水")],
    "lock": [("Front Door", "前门"), ("Front Door Lock", "前门锁"), ("Back Door Lock", "后门锁"), ("Door Lock", "门锁"),
             ("Smart Lock", "智能门锁"), ("{a} Lock", "{a}门锁"), ("Side Door", "侧门"), ("Cellar Door Lock", "地下室门锁")],
    "alarm_control_panel": [("Alarm", "警报"), ("Home Alarm", "家庭警报"), ("Security System", "安防系统"), ("Burglar Alarm", "防盗报警")],
    "vacuum": [("Vacuum", "扫地机器人"), ("Robot Vacuum", "扫地机"), ("Roomba", "小扫"), ("Rosie", "阿扫"), ("Vacuum Cleaner", "吸尘器"),
               ("Dusty", "扫拖机器人")],
    "lawn_mower": [("Lawn Mower", "割草机"), ("Mower", "除草机"), ("Robo Mower", "割草机器人")],
    "media_player": [("TV", "电视"), ("{a} TV", "{a}电视"), ("Speaker", "音箱"), ("{a} Speaker", "{a}音箱"), ("Soundbar", "回音壁"),
                     ("Stereo", "音响"), ("Radio", "收音机"), ("Projector", "投影仪"), ("Sonos", "智能音箱"), ("Apple TV", "电视盒子"),
                     ("Record Player", "唱机"), ("Kitchen Radio", "厨房收音机")],
    "scene": [("Movie Night", "观影模式"), ("Good Night", "晚安"), ("Good Morning", "早安"), ("Dinner", "晚餐模式"), ("Party", "派对模式"),
              ("Reading", "阅读模式"), ("Away", "离家模式"), ("Home", "回家模式"), ("Relax", "放松模式"), ("Romantic", "浪漫模式"),
              ("Work", "工作模式"), ("Focus", "专注模式"), ("Cleaning", "打扫模式"), ("Sunset", "日落"), ("Gaming", "游戏模式"),
              ("Story Time", "故事时间")],
    "script": [("Morning Routine", "晨间流程"), ("Bedtime Routine", "睡前流程"), ("Leave House", "出门流程"), ("Water Plants", "浇花"),
               ("Feed The Cat", "喂猫"), ("Start Breakfast", "准备早餐")],
    "button": [("Ring Bell", "按铃"), ("Pet Feeder", "宠物喂食器"), ("Restart Router", "重启路由器"), ("Find Phone", "找手机")],
    "siren": [("Siren", "警笛"), ("Alarm Siren", "报警器")],
    "sensor.temperature": [("{a} Temperature", "{a}温度"), ("Outdoor Temperature", "室外温度"), ("Fridge Temperature", "冰箱温度"),
                           ("Freezer Temperature", "冷柜温度"), ("Pool Temperature", "泳池水温")],
    "sensor.humidity": [("{a} Humidity", "{a}湿度"), ("Outdoor Humidity", "室外湿度"), ("Humidity", "湿度")],
    "sensor.power": [("Power", "功率"), ("Washer Power", "洗衣机功率"), ("Solar Power", "太阳能功率"), ("House Power", "全屋功率")],
    "sensor.energy": [("Energy", "用电量"), ("Energy Meter", "电表")],
    "sensor.battery": [("{a} Sensor Battery", "{a}传感器电量"), ("Phone Battery", "手机电量"), ("Lock Battery", "门锁电量")],
    "sensor.co2": [("{a} CO2", "{a}二氧化碳"), ("CO2", "二氧化碳")],
    "sensor.illuminance": [("{a} Brightness Sensor", "{a}光照"), ("Light Level", "光照度")],
    "binary_sensor.door": [("Front Door Sensor", "前门传感器"), ("{a} Door", "{a}门"), ("Back Door", "后门"), ("Fridge Door", "冰箱门")],
    "binary_sensor.window": [("{a} Window", "{a}窗户"), ("Left Window", "左窗"), ("Window", "窗户")],
    "binary_sensor.motion": [("{a} Motion", "{a}人体感应"), ("Motion Sensor", "人体传感器")],
    "binary_sensor.moisture": [("Leak Sensor", "漏水传感器"), ("{a} Leak", "{a}漏水")],
    "binary_sensor.smoke": [("Smoke Detector", "烟雾报警器")],
    "weather": [("Weather", "天气"), ("Forecast", "天气预报")],
    "todo": [("Shopping List", "购物清单"), ("To Do", "待办"), ("Chores", "家务"), ("Camping", "露营清单"), ("Groceries", "采购清单"),
             ("Packing", "行李清单"), ("Work Tasks", "工作任务"), ("Wish List", "愿望清单")],
}

# How often a room of a home has something of the kind; rooms with water, cars or plants differ.
RATE = {
    "light": 1.9, "switch": 0.15, "switch.outlet": 0.5, "fan": 0.3, "cover.blind": 0.2, "cover.curtain": 0.25,
    "cover.shutter": 0.1, "cover.shade": 0.1, "cover.awning": 0.03, "cover.window": 0.03, "climate": 0.4,
    "humidifier": 0.12, "media_player": 0.35, "sensor.temperature": 0.4, "sensor.humidity": 0.2,
    "binary_sensor.door": 0.12, "binary_sensor.window": 0.2, "binary_sensor.motion": 0.15, "sensor.power": 0.08,
    "sensor.co2": 0.06, "sensor.illuminance": 0.05, "sensor.battery": 0.07, "button": 0.04,
    "binary_sensor.moisture": 0.05, "lock": 0.08,
}
# How often a home has something of the kind that belongs to no room or to one fitting room.
HOME_RATE = {
    "lock": 0.5, "alarm_control_panel": 0.3, "vacuum": 0.5, "lawn_mower": 0.15, "cover.garage": 0.3, "cover.gate": 0.15,
    "valve": 0.2, "water_heater": 0.2, "scene": 1.2, "script": 0.4, "siren": 0.1, "sensor.energy": 0.15,
    "binary_sensor.smoke": 0.15, "weather": 0.4, "todo": 0.9, "switch": 0.2, "button": 0.1,
}

COLORS = [("red", "红色"), ("green", "绿色"), ("blue", "蓝色"), ("yellow", "黄色"), ("orange", "橙色"), ("purple", "紫色"),
          ("pink", "粉色"), ("white", "白色"), ("turquoise", "青绿色"), ("brown", "棕色")]
ITEMS = [("milk", "牛奶"), ("eggs", "鸡蛋"), ("bread", "面包"), ("butter", "黄油"), ("apples", "苹果"), ("bananas", "香蕉"),
         ("toilet paper", "卫生纸"), ("batteries", "电池"), ("olive oil", "橄榄油"), ("rice", "大米"), ("chicken", "鸡肉"),
         ("tomatoes", "西红柿"), ("dish soap", "洗洁精"), ("coffee", "咖啡"), ("cat food", "猫粮"), ("dog food", "狗粮"),
         ("cheese", "奶酪"), ("onions", "洋葱"), ("garlic", "大蒜"), ("light bulbs", "灯泡"), ("shampoo", "洗发水"),
         ("toothpaste", "牙膏"), ("call the plumber", "给水管工打电话"), ("pay the rent", "交房租"), ("water the plants", "给植物浇水"),
         ("buy a birthday present", "买生日礼物"), ("fix the door", "修门"), ("clean the windows", "擦窗户"), ("orange juice", "橙汁"),
         ("two bottles of wine", "两瓶红酒"), ("potatoes", "土豆"), ("noodles", "面条"), ("soy sauce", "酱油"), ("tofu", "豆腐"),
         ("sleeping bags", "睡袋"), ("sunscreen", "防晒霜"), ("passport", "护照"), ("napkins", "餐巾纸"), ("flour", "面粉"),
         ("sugar", "白糖"), ("a tent", "帐篷"), ("tea bags", "茶包"), ("laundry detergent", "洗衣液"), ("yogurt", "酸奶")]
TIMER_NAMES = [("pizza", "披萨"), ("egg", "鸡蛋"), ("pasta", "意面"), ("tea", "泡茶"), ("laundry", "洗衣"), ("workout", "健身"),
               ("nap", "午睡"), ("rice", "米饭"), ("cake", "蛋糕"), ("homework", "作业"), ("oven", "烤箱"), ("meeting", "会议")]
MESSAGES = [("dinner is ready", "吃饭了"), ("we are leaving in five minutes", "五分钟后出发"), ("time for bed", "该睡觉了"),
            ("breakfast is on the table", "早饭好了"), ("the taxi is here", "出租车到了"), ("please come downstairs", "请下楼"),
            ("the movie is starting", "电影开始了"), ("somebody is at the door", "有人在门口"), ("lunch", "吃午饭"),
            ("I'm home", "我回来了")]
MUSIC = [("jazz", "爵士乐"), ("some Mozart", "莫扎特"), ("the Beatles", "披头士"), ("relaxing music", "轻音乐"), ("Taylor Swift", "周杰伦"),
         ("Christmas songs", "圣诞歌"), ("rock music", "摇滚"), ("piano music", "钢琴曲"), ("Bohemian Rhapsody", "青花瓷"),
         ("the news", "新闻"), ("white noise", "白噪音"), ("lullabies", "摇篮曲")]
