// The help text of a thermostat that does not exist. Its facts, so that all answers agree:
//
//     range 5 to 30 C (41 to 86 F), one degree per press; buttons Plus, Minus, Menu, OK, Back
//     schedule: wake, leave, return, sleep; away 15 C unless changed; frost guard 7 C; boost 30, 60 or 90 min
//     two AA batteries, about a year; filter every 3 months; Wi-Fi 2.4 GHz; sensor offset -3 to 3
//     child lock: Plus and Minus, 5 seconds; restart: OK, 5 seconds; factory reset: Menu, 10 seconds
#include "atome/corpus/texts.h"

namespace atome::corpus {

const std::string_view kThermostatText = R"(
@how
How do I
How can I
How do I
What is the best way to
Can you tell me how to

@the
the thermostat
it
my thermostat

# Celsius and the nearest whole Fahrenheit.
@degree
5; f=41
7; f=45
10; f=50
15; f=59
16; f=61
18; f=64
19; f=66
20; f=68
21; f=70
22; f=72
23; f=73
24; f=75
25; f=77
26; f=79
28; f=82
30; f=86

# Steps: from, to, and how often to press.
@up
18; to=20; n=2 times
18; to=21; n=3 times
19; to=23; n=4 times
19; to=20; n=once
20; to=22; n=2 times
20; to=25; n=5 times
21; to=22; n=once
21; to=24; n=3 times
17; to=21; n=4 times
16; to=21; n=5 times
15; to=20; n=5 times
22; to=24; n=2 times

@down
20; to=18; n=2 times
21; to=18; n=3 times
21; to=20; n=once
22; to=19; n=3 times
22; to=20; n=2 times
23; to=19; n=4 times
24; to=20; n=4 times
24; to=22; n=2 times
25; to=20; n=5 times
19; to=16; n=3 times
18; to=17; n=once

@eco
17; less=15
18; less=16
19; less=17
20; less=18
21; less=19
22; less=20
23; less=21
24; less=22
25; less=23
26; less=24

@day
Monday
Tuesday
Wednesday
Thursday
Friday
Saturday
Sunday

@error
E1; means=the room sensor does not answer; fix=Hold OK for 5 seconds to restart. If E1 stays, call service
E2; means=the batteries are low; fix=Put in two new AA batteries
E3; means=there is no Wi-Fi; fix=Check the router, then open Menu > Wi-Fi and connect again
E4; means=the boiler does not answer; fix=Check that the boiler is switched on
E5; means=the room is over 35 degrees; fix=Let the room cool down and keep the sun off the thermostat
E6; means=the room is under 5 degrees; fix=Turn on the heating and close the windows
E7; means=the clock is not set; fix=Open Menu > Clock and set the time
E8; means=the filter is full; fix=Change the filter, then open Menu > Filter > Reset
E9; means=the memory has a fault; fix=Hold Menu for 10 seconds to reset. If E9 stays, call service

@sign
the snowflake; means=Frost guard is on
the leaf; means=Eco mode is on
the lock; means=The child lock is on
the battery; means=The batteries are low
the flame; means=The boiler is heating
the house; means=Away mode is on
the hand; means=Hold is on
the fan; means=The fan is running

@wrong_sensor
1 degree; way=high; by=-1
2 degrees; way=high; by=-2
3 degrees; way=high; by=-3
1 degree; way=low; by=1
2 degrees; way=low; by=2
3 degrees; way=low; by=3

@minutes
30
60
90

@language
English
French
German
Spanish
Italian

@item
# ---- temperature
{t:=#10..29}Q: [{how} set {the} to {t} degrees?|{how} set the temperature to {t}?|Set it to {t} degrees.|I
    want {t} degrees.|Can you make it {t} degrees?|How do I get {t} degrees in the room?] ~
    A: Press Plus or Minus until the screen shows {t}, then press OK.
{t:=#31..40}Q: [Can I set {the} to {t} degrees?|{how} set the temperature to {t}?|I want {t} degrees.|Is
    {t} degrees possible?|Why can I not set {t} degrees?] ~ A: [No. |]The highest setting is 30 degrees.
{t:=#2..4}Q: [Can I set {the} to {t} degrees?|{how} set the temperature to {t}?|Is {t} degrees
    possible?|Why can I not set {t} degrees?] ~ A: [No. |]The lowest setting is 5 degrees.
{step:=up}Q: [It is {step} and I want {step.to}.|{how} go from {step} to {step.to} degrees?|How do I
    change {step} to {step.to}?|The screen shows {step}. How do I get {step.to}?|I am cold at {step}. I
    want {step.to}.] ~
    A: Press Plus {step.n}, then OK. The screen shows {step.to}.
{step:=down}Q: [It is {step} and I want {step.to}.|{how} go from {step} to {step.to} degrees?|How do I
    change {step} to {step.to}?|The screen shows {step}. How do I get {step.to}?|I am hot at {step}. I
    want {step.to}.] ~
    A: Press Minus {step.n}, then OK. The screen shows {step.to}.
Q: [How hot can I set {the}?|What is the highest temperature?|What is the top setting?|What is the
    maximum?] ~
    A: 30 degrees, or 86 in Fahrenheit.
Q: [How cold can I set {the}?|What is the lowest temperature?|What is the lowest setting?|What is the
    minimum?] ~
    A: 5 degrees, or 41 in Fahrenheit.
{d:=degree}Q: [What is {d} C in F?|How much is {d} Celsius in Fahrenheit?|{d} C in Fahrenheit?|Convert {d}
    C to F.] ~
    A: {d} C is {d.f} F.
{d:=degree}Q: [What is {d.f} F in C?|How much is {d.f} Fahrenheit in Celsius?|{d.f} F in Celsius?|Convert
    {d.f} F to C.] ~
    A: {d.f} F is {d} C.
Q: [{how} switch to Fahrenheit?|{how} show Fahrenheit?|Can {the} show Fahrenheit?|I want degrees F.] ~
    A: Open Menu > Display > Units and choose F.
Q: [{how} switch to Celsius?|{how} show Celsius?|Can {the} show Celsius?|I want degrees C.] ~
    A: Open Menu > Display > Units and choose C.
Q: [Why is the room still cold?|It stays cold. What can I do?|The heating does not start. Why?|There is no
    heat.] ~
    A: Check that the flame is on the screen. If not, press Plus until it shows.
# ---- schedule
{d:=day}{t:=#15..24}{h:=#5..9}Q: [{how} set {t} degrees for {d} at {h}?|{how} get {t} degrees on {d} at
    {h}?|On {d} at {h} I want {t} degrees.|Make it {t} degrees on {d} at {h}.] ~
    A: Open Menu > Schedule > {d}, choose Wake, set {h}:00 and {t} degrees, and press OK.
{d:=day}{t:=#14..19}{h:=#9..11}Q: [{how} set {t} degrees for {d} night at {h}?|{how} get {t} degrees on
    {d} night from {h}?|On {d} night from {h} I want {t} degrees.] ~
    A: Open Menu > Schedule > {d}, choose Sleep, set {h}:00 and {t} degrees, and press OK.
{d:=day}{e:=day}Q: [{how} copy {d} to {e}?|Can {e} be the same as {d}?|{how} use the {d} schedule on {e}?]
    ~
    A: Open Menu > Schedule > {d} > Copy, choose {e} and press OK.
{d:=day}Q: [{how} delete the {d} schedule?|{how} clear {d}?|I want no schedule on {d}.] ~
    A: Open Menu > Schedule > {d} > Clear and press OK.
Q: [What does the schedule do?|What is the schedule?|How many times can I set per day?|How does the
    schedule work?] ~
    A: It has four times a day: wake, leave, return and sleep. Each has its own temperature.
Q: [{how} switch the schedule off?|{how} stop the schedule?|I want no schedule.|Turn off the schedule.] ~
    A: Open Menu > Schedule and choose Off.
Q: [{how} switch the schedule on?|{how} start the schedule?|Turn on the schedule.] ~
    A: Open Menu > Schedule and choose On.
# ---- hold, boost, away, frost, eco
{t:=#15..26}{n:=#2..12}Q: [{how} hold {t} degrees for {n} hours?|{how} keep {t} degrees for {n}
    hours?|Keep it at {t} for {n} hours.|Hold {t} degrees for {n} hours.] ~ A: Set {t} degrees, press Menu
    > Hold and choose {n} hours.
{t:=#15..26}Q: [{how} hold {t} degrees all the time?|{how} keep {t} degrees for good?|Always keep {t}
    degrees.] ~
    A: Set {t} degrees, press Menu > Hold and choose Always.
Q: [{how} end the hold?|{how} cancel hold?|Hold is on. How do I stop it?|{how} go back to the schedule?] ~
    A: Press Back for 3 seconds. The schedule goes on.
{m:=minutes}Q: [{how} get more heat for {m} minutes?|{how} boost for {m} minutes?|Boost the heat for {m}
    minutes.|I want a {m} minute boost.] ~ A: Press Menu > Boost and choose {m} minutes.
Q: [{how} stop the boost?|{how} end boost?|Boost is on. How do I stop it?] ~ A: Press Back for 3 seconds.
Q: [What is boost?|What does boost do?|How long does boost last?] ~
    A: Boost gives full heat for 30, 60 or 90 minutes. Then the schedule goes on.
{n:=#2..30}Q: [I am away for {n} days. What do I do?|{how} set away mode for {n} days?|We leave for {n}
    days. What should I set?|Set away mode for {n} days.] ~ A: Press Menu > Away, choose {n} days and
    press OK.
{t:=#8..17}Q: [{how} change the away temperature to {t}?|When I am away I want {t} degrees.|{how} use {t}
    degrees in away mode?] ~
    A: Open Menu > Away > Temperature, set {t} degrees and press OK.
Q: [What is away mode?|What does away mode do?|How warm is it in away mode?] ~
    A: Away mode keeps 15 degrees until you are back. You can change the temperature.
Q: [{how} end away mode?|{how} stop away mode?|I am back home. What do I do?|We are back early. What now?]
    ~
    A: Press Back for 3 seconds. The schedule goes on.
Q: [What is frost guard?|What does frost guard do?|Will the pipes freeze?|{how} keep the pipes from
    freezing?] ~
    A: Frost guard starts the heat when the room is under 7 degrees. It is always on.
Q: [What is eco mode?|What does eco mode do?|{how} save energy?|Can {the} save energy?] ~
    A: Eco mode heats 2 degrees less. Press Menu > Eco and choose On.
{eco:=eco}Q: [How warm is {eco} degrees in eco mode?|I set {eco}. How warm is it in eco mode?|What is
    {eco} degrees with eco mode on?] ~ A: {eco.less} degrees. Eco mode heats 2 degrees less.
# ---- power
Q: [{how} change the batteries?|{how} put in new batteries?|Where do the batteries go?] ~
    A: Pull off the front, put in two new AA batteries and push the front back on.
Q: [Which batteries does {the} need?|What batteries do I need?|What kind of battery is it?|How many
    batteries does it take?] ~ A: Two AA batteries.
Q: [How long do the batteries last?|When do I change the batteries?|What is the battery life?] ~
    A: About one year. The battery sign comes on 4 weeks before they are empty.
Q: [Will I lose my settings with new batteries?|Does {the} forget the schedule without batteries?|Is the
    schedule lost when I change the batteries?] ~ A: No. All settings are kept. Only the clock may need to
    be set.
Q: [The screen is dark. What now?|The screen is blank.|The thermostat is dead.|Nothing is on the screen.
    Why?] ~
    A: Press OK. If the screen stays dark, put in two new AA batteries.
# ---- Wi-Fi
Q: [{how} connect to Wi-Fi?|{how} get {the} online?|{how} set up Wi-Fi?|Connect it to the Wi-Fi.] ~
    A: Open Menu > Wi-Fi, choose your network, enter the password and press OK.
Q: [Which Wi-Fi does {the} use?|Does it work with 5 GHz?|Can I use a 5 GHz network?|What kind of Wi-Fi do
    I need?] ~
    A: It works with 2.4 GHz networks only.
Q: [The Wi-Fi is lost. What now?|It does not find my Wi-Fi.|Why is there no Wi-Fi?|{The} is offline.] ~
    A: Move the router closer, then open Menu > Wi-Fi and connect again.
Q: [{how} change the Wi-Fi password?|I have a new router. What do I do?|My Wi-Fi password is new.] ~
    A: Open Menu > Wi-Fi > Forget, then connect again with the new password.
Q: [Does the heating work without Wi-Fi?|Do I need Wi-Fi?|What if the Wi-Fi is down?] ~
    A: Yes, the schedule works without Wi-Fi. Only the app needs it.
# ---- errors and signs
{e:=error}Q: [What is {e}?|What does {e} mean?|What is error {e}?|Why does it show {e}?] ~ A: {e} means
    that {e.means}.
{e:=error}Q: [{how} fix {e}?|{how} clear error {e}?|The screen shows {e}. What do I do?|It says {e}. What
    now?|Error {e}. Help!] ~ A: {e.fix}.
{e:=error}Q: [It shows {e}. Why, and what do I do?|What does {e} mean and how do I fix it?] ~ A: {e} means
    that {e.means}. {e.fix}.
{s:=sign}Q: [What does {s} mean?|Why is {s} on the screen?|What is {s} for?|There is {s} on the screen.
    Why?] ~ A: {s.means}.
# ---- fan and filter
Q: [{how} turn the fan on?|{how} start the fan?|Turn on the fan.] ~ A: Press Menu > Fan and choose On.
Q: [{how} turn the fan off?|{how} stop the fan?|Turn off the fan.|The fan is too loud.] ~ A: Press Menu >
    Fan and choose Auto.
Q: [What does fan auto mean?|What is the fan's auto mode?|When does the fan run?] ~
    A: In Auto, the fan runs only when the heat is on.
{n:=#10..50}Q: [{how} run the fan for {n} minutes?|Run the fan for {n} minutes.|{how} set the fan to {n}
    minutes?] ~
    A: Press Menu > Fan > Timer and choose {n} minutes.
Q: [When do I change the filter?|How often do I change the filter?|How long does a filter last?] ~ A:
    Every 3 months.
Q: [{how} reset the filter sign?|I have a new filter. What now?|{how} tell {the} that the filter is new?]
    ~
    A: Open Menu > Filter > Reset and press OK.
# ---- child lock, sensor, display, clock, sound
Q: [{how} lock the buttons?|{how} turn on the child lock?|{how} stop my child from changing it?|Lock the
    buttons.] ~
    A: Hold Plus and Minus for 5 seconds. The lock shows on the screen.
Q: [{how} unlock the buttons?|{how} turn off the child lock?|The buttons are locked.|The buttons do not
    work.] ~
    A: Hold Plus and Minus for 5 seconds. The lock goes away.
{w:=wrong_sensor}Q: [The temperature is {w} too {w.way}. How do I fix it?|It shows {w} too {w.way}.|The
    sensor is {w} too {w.way}. What do I do?|It reads {w} too {w.way}.] ~ A: Open Menu > Sensor > Offset
    and set {w.by}.
Q: [What is the sensor offset?|{how} calibrate the sensor?|The temperature is wrong. What can I do?] ~
    A: Open Menu > Sensor > Offset. You can add or take away up to 3 degrees.
Q: [{how} make the screen brighter?|The screen is too dark to read.|{how} change the brightness?] ~
    A: Open Menu > Display > Light and press Plus.
Q: [The screen is too bright at night.|{how} make the screen darker?|{how} dim the screen?] ~
    A: Open Menu > Display > Light and press Minus.
{n:=#1..12}{m:=#10..59}Q: [{how} set the clock to {n}:{m}?|It is {n}:{m}. How do I set the clock?|Set the
    time to {n}:{m}.] ~
    A: Open Menu > Clock, set {n}:{m} and press OK.
Q: [The clock is wrong.|{how} set the time?|{how} change the clock?] ~
    A: Open Menu > Clock, set the time and press OK. With Wi-Fi it sets itself.
{l:=language}Q: [{how} change the language to {l}?|Can {the} speak {l}?|{how} switch to {l}?|I want {l}.]
    ~
    A: Open Menu > Display > Language and choose {l}.
Q: [{how} turn off the beep?|The buttons beep. Can I stop that?|{how} make it quiet?] ~ A: Open Menu >
    Sound and choose Off.
# ---- restart, reset, service
Q: [{how} restart {the}?|It hangs. What do I do?|{The} does not react.|The screen is frozen.] ~
    A: Hold OK for 5 seconds.
Q: [{how} reset {the}?|{how} do a factory reset?|{how} clear all settings?|I want to start from zero.] ~
    A: Hold Menu for 10 seconds and press OK. All settings are lost.
Q: [{how} update {the}?|Is there a new version?|{how} get the new software?] ~
    A: Open Menu > System > Update. It needs Wi-Fi and takes 5 minutes.
Q: [Where do I put {the}?|What is a good place for {the}?|Where should {the} hang?] ~
    A: On an inner wall, 1.5 meters up, away from sun, doors and heaters.
Q: [Can {the} hang near a window?|Is it fine in the sun?|Can I put it over a heater?] ~
    A: No. Sun, heaters and open windows make it read wrong.
Q: [{how} clean {the}?|What do I clean the screen with?|Can I use water to clean it?] ~
    A: Use a soft, dry cloth. Do not use water.
)";

}  // namespace atome::corpus
