// The first half of the plots: want, obstacle, help, end. One option is one story.
#include "atome/corpus/texts.h"

namespace atome::corpus {

const std::string_view kStoriesPlots = R"(
@fear
a loud noise; end=It was only the wind in the tree; place=outside
a tap, tap, tap; end=It was only the rain on the roof; place=at the window
a soft noise; end=It was only a tiny mouse with a nut; place=under the bed
a big bang; end=It was only the old garden door in the wind; place=outside

@skill
swim; past=swam; ing=swimming; at=in the pond; fail=went under and got water in {hero.his} nose;
    tip=Kick with your legs; done=swam all the way across the pond
ride a bike; past=rode the bike; ing=riding the bike; at=on the road; fail=fell off and hurt {hero.his}
    knee; tip=Look ahead and do not stop; done=went down the road all alone
climb the big tree; past=climbed the tree; ing=climbing; at=in the garden; fail=slipped and landed in the
    grass; tip=Hold on tight and go one step at a time; done=sat at the top of the tree and saw the whole
    town
jump over the log; past=jumped over the log; ing=jumping; at=in the forest; fail=fell on {hero.his} nose;
    tip=Run fast and jump up high; done=flew over the log like a bird
sing a song; past=sang; ing=singing; at=in the garden; fail=forgot all the words;
    tip=Take it slow and sing one line at a time; done=sang the whole song from start to end
catch a ball; past=played ball; ing=playing ball; at=in the park; fail=let the ball drop;
    tip=Look at the ball and open your hands; done=caught the ball ten times

@gift
picture; it; make=paint a picture; made=painted a big picture of the two of them
cake; it; make=bake a cake; made=made a sweet cake with berries on top
card; it; make=make a card; made=made a card with a big red heart
crown; it; make=make a crown of flowers; made=made a crown of yellow flowers
hat; it; make=make a warm hat; made=made a warm blue hat

@broken
cup; it; room=on the table; how=It fell down and broke
plate; it; room=on the table; how=It fell to the floor and broke
window; it; room=by the door; how=The glass broke into many bits
clock; it; room=on the shelf; how=It fell down and stopped

@first_plots
# 1. Something is lost and found.
{hero:=hero}{friend:=hero!hero}{toy:=toy}{color:=color}{first:=spot}{second:=spot}
    {open} {Hero.he} had {toy.a} {color} {toy}. {Hero.he} [loved|liked] {toy.him} [very much|more than
    anything|and played with {toy.him} every day].
    ~ {oneday}, {hero} could not find {hero.his} {toy}. {Hero.he} looked {first}, but {toy.he} {toy.was}
    not there. {sad}
    ~ {cameby} {why} ~ "I [lost|can not find] my {color} {toy}," said {hero}. "{comfort}," said {friend}.
    "[I will help you look|Let us look together|We will find {toy.him} together]."
    ~ [They looked and looked.|] [At last|Then], {friend} looked {second}.
    "[Look| {Hero}, come here|I see {toy.him}]!" {friend.he} [called|cried|said]. There {toy.was} the
    {color} {toy}!
    ~ {happy} {thanks} [{welcome}|] {both} [{Hero} learned that [two can look better than one|a good
    friend always helps|it is good to ask for help].|]

# 2. Something is stuck high up.
{hero:=hero}{friend:=hero!hero}{toy:=flyer}{color:=color}{place:=place}{helper:=helper_up}
    {open} {Hero.he} had a {color} {toy}. {sunny}, {hero} took {hero.his} {toy} and went to play
    {place.at} with {friend.full}.
    ~ {toy.how}. Up, up, up went the {color} {toy}! It got stuck in a [tall|big|very tall] tree. "Oh no!"
    [cried|said] {hero}. "My {toy} is [up there|stuck]. I [can not|am too small to] reach it."
    ~ [{Friend} jumped as high as {friend.he} could, but the tree was too tall.|{Friend} tried to climb
    the tree, but {friend.he} slipped.] Then a little {helper} [saw them|came by]. "[I can help|Let me
    help you]," said the {helper}. {helper.how}
    ~ {happy} "Thank you, little {helper}!" said {hero} and {friend}. [They gave the {helper} [a nut|some
    berries|a big hug].|] {Hero} [held|kept] {hero.his} {toy} tight and they played together [until it was
    time to go home|all day]. [{Hero} learned that [even a small friend can be a big help|small friends
    can do big things].|]

# 3. Two want the same thing.
{hero:=hero}{friend:=hero!hero}{food:=food}{place:=place}
    {open} {likes} {sunny}, {hero} and {hero.his} friend {friend} went to play {place.at}. They found
    {food.a} {food} [in a basket|under a tree|on a big rock].
    ~ "[{Food.he} {food.is} mine|I saw {food.him} first|I want {food.him}]!" said {hero}. "No, [{food.he}
    {food.is} mine|I saw {food.him} first|I want {food.him}]!" said {friend}. They pulled and
    [pulled|shouted]. {Hero} got angry. {Friend} got angry too.
    ~ Then an old owl looked down from a tree. "[Why do you fight?|Do not fight.] [There is enough for
    two|You can both have some]," said the owl. "Friends [share|can share]." {Hero} looked at {friend}. "I
    am sorry," said {hero}. "I am sorry too," said {friend}.
    ~ {Hero} gave {friend} half of the {food}. They sat down [side by side|in the sun|in the grass] and
    ate. The {food} tasted [so|very] [good|sweet]! [{Hero} even gave the owl a little bit.|] {both} [They
    learned that [it is good to share|sharing makes everyone happy|it is better to share than to fight].|]

# 4. A scare that turns out to be small.
{hero:=hero}{parent:=parent}{fear:=fear}
    {open} {likes} But {hero} was [scared|a little scared|afraid] of the dark.
    ~ One night, {hero} was in bed. [It was very dark.|The house was very quiet.|] Then {hero.he} heard
    {fear} {fear.place}. "What is that?" [said|asked] {hero}. {Hero.his} heart went boom, boom, boom.
    {Hero.he} hid under the blanket.
    ~ "[{Parent}|Help|Come here, please]!" called {hero}. {Hero.his} {parent} came in with a little light.
    "What is wrong, {hero}?" asked {hero.his} {parent}. "I heard {fear}!" said {hero}. "[Let us look
    together|Come, take my hand and we will look]," said {hero.his} {parent}.
    ~ They went to look. {fear.end}! {Hero} [laughed|smiled|had to laugh]. {Hero.he} was not
    [scared|afraid] anymore. "[You were very brave|I am proud of you]," said {hero.his} {parent} and gave
    {hero.him} a [big hug| kiss]. {Hero} [went back to bed and slept all night|closed {hero.his} eyes and
    had sweet dreams]. [After that, {hero} was not afraid of the dark.|{Hero} learned that many scary
    things are not scary in the light.|]

# 5. A new skill takes many tries.
{hero:=hero}{friend:=hero!hero}{skill:=skill}
    {open} {Hero.he} wanted to [{skill}|learn to {skill}]. {oneday}, {hero.he} [tried|tried and tried]
    {skill.at}, but {hero.he} {skill.fail}. "[I can not do it|It is too hard|I will never do it]!" said
    {hero}. {sad}
    ~ {cameby} "[It was hard for me too|I could not do it at first]," said {friend}. "[I will show you|Let
    me help you|Try again]. {skill.tip}." {Hero} [tried again|tried one more time]. {Hero.he} {skill.fail}
    again. But {hero.he} did not give up.
    ~ [Every day, {hero} tried and tried.|{Hero} tried again and again.] {Friend} [helped|watched]. Then
    one day, {hero} {skill.done}! "[You did it|Look at you]!" [cried|shouted] {friend}.
    ~ {Hero} was [so|very] proud. {thanks} [From then on, {hero} {skill.past} every day.|Now {hero} loved
    {skill.ing} more than anything.] [{Hero} learned [to never give up|that it is good to try again].|]

# 6. Someone is alone and makes a friend.
{hero:=hero}{friend:=hero!hero}{place:=place}{toy:=toy}{color:=color}
    {open} {Hero.he} had no one to play with. [Every day, {hero} played alone.|{Hero} was very lonely.] "I
    wish I had a friend," [said|thought] {hero}.
    ~ {sunny}, {hero} went for a walk. {Place.at}, {hero.he} saw a [little|small] {friend.kind}.
    {Friend.he} [sat|played] all alone with {toy.a} {color} {toy}.
    ~ {Hero} was [a little shy|shy at first]. But {hero.he} took a deep breath and [went over|said hello].
    "Hello, I am {hero}. [Do you want to play with me|Can I play with you|What is your name]?" "[Yes,
    please|Yes|Hello]! I am {friend}," said {friend} with a smile. "[I have no one to play with|I am new
    here]."
    ~ So {hero} and {friend} [played|played with the {color} {toy}|ran up and down and laughed] until the
    sun went down. "Can we play again tomorrow?" asked {friend}. "Yes!" said {hero}. [From that day on,
    they were best friends.| They played together every day.] {Hero} was [never|not] lonely
    [again|anymore]. [{Hero} learned that [it is good to say hello|a new friend can be very near].|]

# 7. A hurt animal is helped and helps in turn.
{hero:=kid}{animal:=hurt}{parent:=parent}{place:=place}
    {open} {likes} {sunny}, {hero} [went for a walk|played] {place.at}. {Hero.he} [saw|found] a
    [little|small] {animal} [in the grass|under a tree|on the ground]. The {animal} could not
    {animal.move}. Its {animal.part} was hurt.
    ~ "Poor little {animal}," said {hero}. {Hero.he} [picked it up|took it in {hero.his} hands] [and|very
    softly and] took it home. "[Can we help it|Can you help it|Can we keep it warm], {Parent}?" asked
    {hero}. "Yes," said {hero.his} {parent}. "It needs [a warm bed and some food|food, water and rest]."
    ~ {Hero} made a [soft|warm|little] bed in a box. Every day, {hero.he} gave the {animal} [food and
    water|something to eat]. [{Hero.he} sang to it, too.|{Hero.he} told it stories at night.|] [Day by
    day|Bit by bit], the {animal} got better.
    ~ [One morning|At last|After a week], the {animal} could {animal.move} again! {Hero} opened the door.
    "Goodbye, little {animal}," said {hero}. {Hero.he} was happy and a little sad. But the next day, the
    {animal} came back [to say hello|with a berry for {hero}|and sat at the window]. [They were friends
    from then on.|After that, it came to play every day.|{Hero} was glad that {hero.he} had been kind.]

# 8. Something breaks, and the truth is told.
{hero:=hero}{parent:=parent}{thing:=broken}{toy:=thrown}
    {open} {likes} One [rainy|cold] day, {hero} played with a {toy} in the house. "Please do not throw the
    {toy} [inside|in here]," said {hero.his} {parent}. But {hero} threw it [anyway|one more time|up high].
    ~ Crash! The {toy} hit the {thing} {thing.room}. {thing.how}. {Hero} was [scared|afraid]. "[What will
    {Parent} say?|{Parent} will be so angry!]" {hero.he} thought. {Hero.he} [wanted to run away|wanted to
    hide|hid the {toy} under the bed].
    ~ "What was that noise?" asked {hero.his} {parent}. {Hero} looked at {hero.his} feet. [First {hero.he}
    wanted to say that the cat did it.|It was hard to tell the truth.] But then {hero.he} said, "I threw
    the {toy} and broke the {thing}. I am [so|very] sorry."
    ~ {Hero.his} {parent} [was quiet for a moment|looked at {hero}]. "I am sad about the {thing},"
    {hero.his} {parent} said. "But I am [glad|happy|proud] that you told me the truth." They [cleaned
    up|picked up the bits] together. {Hero} felt [much better|light and happy again]. [{Hero} learned that
    it is [best|good|always better] to tell the truth.|After that, {hero} only threw the {toy} outside.|]

# 9. A warning is not heeded.
{hero:=hero}{parent:=parent}{risk:=risk}
    {open} {likes} {oneday}, {hero.his} {parent} said, "[Please do not|Do not] {risk}. {risk.why}."
    "[Okay|Yes], {Parent}," said {hero}.
    ~ But {hero} [did not listen|forgot]. "[Just this once|It will be fun|Only for a moment]," {hero.he}
    thought. {Hero.he} {risk.did}. [At first, it was fun.|It was fun at first.] Then {risk.bad}. "Help!
    Help!" cried {hero}.
    ~ {Hero.his} {parent} heard {hero.him}. {Parent} [came fast|ran to {hero.him}] and {risk.save}. "[I am
    sorry|I am so sorry], {Parent}," said {hero}. "I [did not|should] listen to you." "I am [just|so] glad
    that you are [okay|safe]," said {hero.his} {parent}.
    ~ {Hero.his} {parent} gave {hero.him} [a big hug|a warm blanket|a hug and a kiss]. [After that, {hero}
    always listened.|{Hero} learned [to listen|that it is good to listen].|{Hero} never did it again.]

# 10. A gift that costs nothing.
{hero:=hero}{parent:=parent}{gift:=gift}
    {open} {Hero.he} loved {hero.his} {parent} very much. It was {Parent}'s birthday. {Hero} wanted to
    give {hero.his} {parent} [a gift|something nice]. But {hero.he} had no money.
    ~ {Hero} [sat down|sat under a tree] and thought [hard|for a long time]. "[What can I do|What can I
    give]?" {hero.he} said. Then {hero.he} had an idea. "I [can|will] {gift.make}!"
    ~ {Hero} worked all [day|morning|afternoon]. {Hero.he} {gift.made}. [At first, it did not look good,
    but {hero} did not give up.|It was not easy, but it was fun.|] [At last, it was ready.|Then it was
    done.]
    ~ "[Happy birthday|This is for you], {Parent}!" said {hero}. {Hero.his} {parent} [looked at the {gift}
    and smiled| had a big smile]. "This is the best gift [ever|of all]," said {hero.his} {parent}. "You
    made it with love." They [hugged|hugged for a long time]. [{Hero} was so proud and happy.|{Hero}
    learned that the best gifts come from the heart.] [Then they all ate cake.|]

@risk
go near the river; why=The water is deep and cold; did=went to the river to look at the fish; bad={hero}
    slipped and fell into the cold water; save=pulled {hero.him} out
climb on the roof; why=It is very high; did=climbed up on the roof; bad={hero} looked down and could not
    move; save=brought {hero.him} down with a ladder
go into the dark forest; why=You can get lost; did=went into the forest to pick berries; bad=it got dark
    and {hero} could not find the way home; save=took {hero.him} home
eat all the cookies; why=You will feel sick; did=ate all the cookies, one by one; bad={hero.his} tummy
    began to hurt very much; save=put {hero.him} to bed with a cup of tea
go on the ice; why=The ice is too thin; did=went out on the ice to play; bad=the ice broke and {hero} got
    cold and wet; save=pulled {hero.him} out with a long stick
)";

}  // namespace atome::corpus
