-- MySQL dump 10.13  Distrib 8.0.36
DROP TABLE IF EXISTS `members`;
CREATE TABLE `members` (
  `id` int(11) NOT NULL AUTO_INCREMENT,
  `n1` varchar(50) DEFAULT NULL COMMENT '氏名',
  `phone` varchar(20) DEFAULT '000-0000', -- 電話
  `note` text COMMENT '自由記述（句読点、改行を含む）',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB;
LOCK TABLES `members` WRITE;
INSERT INTO `members` VALUES (1,'佐藤 春子','090-1111-2222','it''s \'quoted\', (really)'),(2,_utf8mb4'山田 太郎',NULL,''),
/* 途中の注 */
(3,"高橋 \"一\" 郎",concat('a','b'),CAST('1980-01-01' AS date));
INSERT INTO `members` VALUES (4,'鈴木 次郎','',NULL) ON DUPLICATE KEY UPDATE note = '重複';
UNLOCK TABLES;
